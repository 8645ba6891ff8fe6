//! A table whose places are used again, and tokens that notice it.

use crate::poll::Token;

/// Things at places, each with a [`Token`]. A token of something that was removed finds nothing, even if its place has
/// been taken by something else.
#[derive(Debug)]
pub struct Table<T> {
    places: Vec<Place<T>>,
    free: Vec<u32>,
}

#[derive(Debug)]
struct Place<T> {
    generation: u32,
    thing: Option<T>,
}

impl<T> Table<T> {
    /// An empty table.
    pub fn new() -> Self {
        Table { places: Vec::new(), free: Vec::new() }
    }

    /// How many things there are.
    pub fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts a thing at a free place.
    pub fn insert(&mut self, thing: T) -> Token {
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push(Place { generation: 0, thing: None });
            self.places.len() as u32 - 1
        });
        let entry = &mut self.places[place as usize];
        entry.thing = Some(thing);
        Token { place, generation: entry.generation }
    }

    /// The thing that has this token, if it is still there.
    pub fn get_mut(&mut self, token: Token) -> Option<&mut T> {
        let entry = self.places.get_mut(token.place as usize)?;
        entry.thing.as_mut().filter(|_| entry.generation == token.generation)
    }

    /// Takes the thing that has this token, if it is still there.
    pub fn remove(&mut self, token: Token) -> Option<T> {
        let entry = self.places.get_mut(token.place as usize).filter(|entry| entry.generation == token.generation)?;
        let thing = entry.thing.take()?;
        entry.generation = entry.generation.wrapping_add(1);
        self.free.push(token.place);
        Some(thing)
    }

    /// The tokens of all things that are there now.
    pub fn tokens(&self) -> Vec<Token> {
        let taken = (0..).zip(&self.places).filter(|(_, entry)| entry.thing.is_some());
        taken.map(|(place, entry)| Token { place, generation: entry.generation }).collect()
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Table::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_never_finds_what_took_its_place() {
        let mut table = Table::new();
        let (a, b) = (table.insert('a'), table.insert('b'));
        assert_eq!((table.remove(a), table.remove(a), table.len()), (Some('a'), None, 1));
        let c = table.insert('c');
        assert_eq!(c.place, a.place);
        assert!(table.get_mut(a).is_none() && table.remove(a).is_none());
        assert_eq!(table.get_mut(c), Some(&mut 'c'));
        assert_eq!(table.tokens(), [c, b]);
    }
}
