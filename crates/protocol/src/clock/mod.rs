//! Where clients get the time.
//!
//! ```text
//!   services.rs   the four services of the 2018 document, and which porting kits use which
//!   message.rs    a saved petition, challenge or response, taken apart
//! ```
//!
//! Nothing here asks for the time or sets a clock.

mod message;
mod services;

pub use message::{ClockMessage, ClockResponse};
pub use services::{ClockService, Later, SERVICES, Support, Supports, services_for};
