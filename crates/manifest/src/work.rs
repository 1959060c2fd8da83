//! Work that tests count: what grows with the square of a text is a way to keep a program busy.

#[cfg(not(test))]
pub(crate) const fn count(_: usize) {}

#[cfg(test)]
thread_local! {
    static DONE: core::cell::Cell<usize> = const { core::cell::Cell::new(0) };
}

#[cfg(test)]
pub(crate) fn count(steps: usize) {
    DONE.with(|done| done.set(done.get() + steps));
}

/// Steps that something takes.
#[cfg(test)]
pub(crate) fn of(run: impl FnOnce()) -> usize {
    let before = DONE.with(core::cell::Cell::get);
    run();
    DONE.with(core::cell::Cell::get) - before
}
