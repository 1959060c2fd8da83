//! What shares something belongs together.

/// Which numbers belong together.
#[derive(Default)]
pub struct Joined(Vec<usize>);

impl Joined {
    /// So many, each on its own.
    pub fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    /// One more, on its own.
    pub fn add(&mut self) {
        self.0.push(self.0.len());
    }

    /// The number that stands for a set.
    pub fn find(&mut self, mut number: usize) -> usize {
        while let Some(above) = self.0.get(number).copied().filter(|above| *above != number) {
            // Shorter the next time.
            let top = self.0.get(above).copied().unwrap_or(above);
            if let Some(slot) = self.0.get_mut(number) {
                *slot = top;
            }
            number = top;
        }
        number
    }

    /// Makes one set of two.
    pub fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        if let Some(slot) = self.0.get_mut(a.max(b)) {
            *slot = a.min(b);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_joined_by_others_is_joined() {
        let mut joined = Joined::new(5);
        joined.join(3, 4);
        joined.join(1, 4);
        assert_eq!((0..5).map(|number| joined.find(number)).collect::<Vec<_>>(), [0, 1, 2, 1, 1]);
    }
}
