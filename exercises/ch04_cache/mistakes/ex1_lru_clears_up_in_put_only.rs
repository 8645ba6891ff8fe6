//! caught by gets_alone_do_not_fill_the_memory: wrong
//! Leaves old marks in a queue, and clears them up in put only.

use std::collections::*;
use std::hash::Hash;

pub struct Lru<K, V> {
    cap: usize,
    map: HashMap<K, (V, u64)>,
    q: VecDeque<(K, u64)>,
    n: u64,
}
impl<K: Hash + Eq + Clone, V> Lru<K, V> {
    pub fn new(cap: usize) -> Self {
        Lru { cap, map: HashMap::new(), q: VecDeque::new(), n: 0 }
    }
    pub fn get(&mut self, key: &K) -> Option<&V> {
        let e = self.map.get_mut(key)?;
        self.n += 1;
        e.1 = self.n;
        self.q.push_back((key.clone(), self.n));
        Some(&e.0)
    }
    pub fn put(&mut self, key: K, value: V) {
        if self.cap == 0 {
            return;
        }
        self.n += 1;
        if !self.map.contains_key(&key) && self.map.len() == self.cap {
            while let Some((k, n)) = self.q.pop_front() {
                if self.map.get(&k).is_some_and(|e| e.1 == n) {
                    self.map.remove(&k);
                    break;
                }
            }
        }
        self.q.push_back((key.clone(), self.n));
        self.map.insert(key, (value, self.n));
        if self.q.len() > 2 * self.cap + 8 {
            let m = &self.map;
            self.q.retain(|(k, n)| m.get(k).is_some_and(|e| e.1 == *n));
        }
    }
    pub fn len(&self) -> usize {
        self.map.len()
    }
}
