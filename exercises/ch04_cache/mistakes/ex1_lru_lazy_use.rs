//! caught by a_long_random_history_goes_as_in_a_naive_model: wrong
//! A use of what was used lately does not count.

use std::collections::*;
use std::hash::Hash;

pub struct Lru<K, V> {
    cap: usize,
    map: HashMap<K, (V, u64)>,
    t: BTreeMap<u64, K>,
    n: u64,
}
impl<K: Hash + Eq + Clone, V> Lru<K, V> {
    pub fn new(cap: usize) -> Self {
        Lru { cap, map: HashMap::with_capacity(cap), t: BTreeMap::new(), n: 0 }
    }
    pub fn get(&mut self, key: &K) -> Option<&V> {
        let cap = self.cap as u64;
        let e = self.map.get_mut(key)?;
        if self.n - e.1 > cap / 2 {
            self.t.remove(&e.1);
            self.n += 1;
            e.1 = self.n;
            self.t.insert(self.n, key.clone());
        }
        Some(&e.0)
    }
    pub fn put(&mut self, key: K, value: V) {
        if self.cap == 0 {
            return;
        }
        if let Some(e) = self.map.remove(&key) {
            self.t.remove(&e.1);
        } else if self.map.len() == self.cap {
            if let Some((_, k)) = self.t.pop_first() {
                self.map.remove(&k);
            }
        }
        self.n += 1;
        self.t.insert(self.n, key.clone());
        self.map.insert(key, (value, self.n));
    }
    pub fn len(&self) -> usize {
        self.map.len()
    }
}
