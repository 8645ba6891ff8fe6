//! caught by the_order_is_right_after_very_many_uses: wrong
//! Numbers the uses in two bytes, and begins anew after 65,536.

use std::collections::*;
use std::hash::Hash;

pub struct Lru<K, V> {
    cap: usize,
    map: HashMap<K, (V, u16)>,
    t: BTreeMap<u16, K>,
    n: u16,
}
impl<K: Hash + Eq + Clone, V> Lru<K, V> {
    pub fn new(cap: usize) -> Self {
        Lru { cap, map: HashMap::new(), t: BTreeMap::new(), n: 0 }
    }
    pub fn get(&mut self, key: &K) -> Option<&V> {
        let e = self.map.get_mut(key)?;
        self.t.remove(&e.1);
        self.n = self.n.wrapping_add(1);
        e.1 = self.n;
        self.t.insert(self.n, key.clone());
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
        self.n = self.n.wrapping_add(1);
        self.t.insert(self.n, key.clone());
        self.map.insert(key, (value, self.n));
    }
    pub fn len(&self) -> usize {
        self.map.len()
    }
}
