//! Which snippet is requested next, and what its contents are.
//!
//! Real clients do not request everything equally often: a few things are requested all the time, most hardly ever.
//! Zipf's law says how unequally: the k-th most popular is requested in proportion to 1/k^s. The contents of a snippet
//! follow from its key and one number, so every answer can be checked without remembering what was written.

/// A generator of random numbers: xorshift64* (Vigna, 2016). Fast, and good enough to choose keys.
#[derive(Debug, Clone)]
pub struct Random(u64);

/// The keys of a load, and how popular each is.
#[derive(Debug)]
pub struct Keys {
    count: usize,
    /// With Zipf: the probability that a request is for this key or a more popular one. Empty if all are equally
    /// popular.
    up_to: Vec<f64>,
}

impl Random {
    /// A generator whose sequence depends on `seed` alone.
    pub fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A random number.
    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A random number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        // The product of a 64-bit fraction and the limit: no division, and no bias worth mentioning.
        ((u128::from(self.number()) * limit as u128) >> 64) as usize
    }

    /// A random number from 0 (inclusive) to 1 (exclusive).
    pub fn fraction(&mut self) -> f64 {
        (self.number() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

impl Keys {
    /// Creates `count` keys, with `zipf` as the exponent of Zipf's law, otherwise all equally popular.
    pub fn new(count: usize, zipf: Option<f64>) -> Self {
        let weights = zipf.into_iter().flat_map(|s| (1..=count).map(move |rank| (rank as f64).powf(-s)));
        let mut sum = 0.0;
        let mut up_to: Vec<f64> = weights
            .map(|weight| {
                sum += weight;
                sum
            })
            .collect();
        up_to.iter_mut().for_each(|chance| *chance /= sum);
        Keys { count, up_to }
    }

    /// How many keys there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Picks a key at random.
    pub fn pick(&self, random: &mut Random) -> usize {
        if self.up_to.is_empty() {
            return random.below(self.count);
        }
        let point = random.fraction();
        self.up_to.partition_point(|&chance| chance < point).min(self.count - 1)
    }
}

/// Writes the contents of version `version` of a key: the version, then letters that follow from key and version,
/// `size` bytes in all (at least 16).
pub fn write_contents(key: usize, version: u64, size: usize, out: &mut Vec<u8>) {
    let end = out.len() + size.max(VERSION);
    write_hex(version, out);
    let mut random = Random::new(version ^ (key as u64).rotate_left(32));
    while out.len() < end {
        let letters = random.number().to_le_bytes().map(|byte| b'a' + byte % 26);
        let room = (end - out.len()).min(letters.len());
        out.extend_from_slice(&letters[..room]);
    }
}

/// Whether `contents` is some version of this key, of this size.
pub fn is_contents(key: usize, size: usize, contents: &[u8], scratch: &mut Vec<u8>) -> bool {
    let version = contents.get(..VERSION).and_then(|hex| std::str::from_utf8(hex).ok());
    let Some(version) = version.and_then(|hex| u64::from_str_radix(hex, 16).ok()) else {
        return false;
    };
    scratch.clear();
    write_contents(key, version, size, scratch);
    scratch == contents
}

/// The number of hexadecimal digits of a version.
const VERSION: usize = 16;

fn write_hex(number: u64, out: &mut Vec<u8>) {
    let digit = |place: u32| b"0123456789abcdef"[(number >> (60 - 4 * place)) as usize & 15];
    out.extend((0..VERSION as u32).map(digit));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_recognised_and_all_others_rejected() {
        let (mut text, mut scratch) = (Vec::new(), Vec::new());
        write_contents(7, 3, 32, &mut text);
        assert_eq!(text.len(), 32);
        assert!(is_contents(7, 32, &text, &mut scratch));
        assert!(!is_contents(8, 32, &text, &mut scratch), "another key");
        assert!(!is_contents(7, 33, &text, &mut scratch), "another size");
        text[31] ^= 1;
        assert!(!is_contents(7, 32, &text, &mut scratch), "a changed letter");
        assert!(!is_contents(7, 32, b"short", &mut scratch));
    }

    #[test]
    fn zipf_prefers_the_first_keys_in_proportion() {
        let (keys, mut random) = (Keys::new(1000, Some(1.0)), Random::new(1));
        let mut counts = vec![0_u32; 1000];
        (0..200_000).for_each(|_| counts[keys.pick(&mut random)] += 1);
        // With s = 1 and 1,000 keys the harmonic number is 7.485: the first has 13.4%, the tenth a tenth of that.
        assert!((26_000..27_500).contains(&counts[0]), "{}", counts[0]);
        assert!((2_400..2_950).contains(&counts[9]), "{}", counts[9]);
    }

    #[test]
    fn without_zipf_all_keys_are_equally_popular() {
        let (keys, mut random) = (Keys::new(10, None), Random::new(1));
        let mut counts = [0_u32; 10];
        (0..100_000).for_each(|_| counts[keys.pick(&mut random)] += 1);
        assert!(counts.iter().all(|count| (9_500..10_500).contains(count)), "{counts:?}");
    }
}
