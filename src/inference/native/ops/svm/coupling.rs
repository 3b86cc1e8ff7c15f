//! From the scores of pairs of classes to a probability a class.
//!
//! Platt's sigmoid for each pair, then the second method of Wu, Lin and Weng, "Probability
//! Estimates for Multi-class Classification by Pairwise Coupling" (JMLR 5, 2004), with the stopping
//! rule of libsvm in 32 bits, as ONNX Runtime does it, so that both stop at the same step.

use crate::inference::native::post_transform::logistic;

const MAX_STEPS: usize = 100;
/// Divided by the number of classes: how far from the optimum it may stop.
const TOLERANCE: f32 = 0.005;
const LEAST: f32 = 1.0e-7;

/// The sigmoid of one pair: the probability of its first class.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sigmoid {
    pub(super) a: f32,
    pub(super) b: f32,
}

impl Sigmoid {
    fn probability(self, score: f32) -> f32 {
        let probability = 1.0 - logistic(score * self.a + self.b);

        probability.clamp(LEAST, 1.0 - LEAST)
    }
}

/// Reused for every row.
#[derive(Debug)]
pub(super) struct Coupling {
    classes: usize,
    /// `[i][j]`: the probability of class i where only i and j are possible.
    pairs: Vec<f32>,
    q: Vec<f32>,
    qp: Vec<f32>,
}

impl Coupling {
    pub(super) fn new(classes: usize) -> Self {
        Coupling {
            classes,
            pairs: vec![0.0; classes * classes],
            q: vec![0.0; classes * classes],
            qp: vec![0.0; classes],
        }
    }

    /// `scores` are in the order 0-1, 0-2, ..., 1-2, ...
    pub(super) fn probabilities(&mut self, scores: &[f32], sigmoids: &[Sigmoid], p: &mut [f32]) {
        let k = self.classes;
        let mut pairs = scores.iter().zip(sigmoids);
        for i in 0..k {
            for (j, (score, sigmoid)) in (i + 1..k).zip(&mut pairs) {
                let probability = sigmoid.probability(*score);
                self.pairs[i * k + j] = probability;
                self.pairs[j * k + i] = 1.0 - probability;
            }
        }
        self.fill_q();
        p.fill(1.0 / k as f32);
        for _ in 0..MAX_STEPS {
            if self.improve(p) {
                break;
            }
        }
    }

    fn fill_q(&mut self) {
        let (k, r) = (self.classes, &self.pairs);
        for i in 0..k {
            let mut sum = 0.0;
            for j in (0..k).filter(|j| *j != i) {
                sum += r[j * k + i] * r[j * k + i];
                self.q[i * k + j] = -r[j * k + i] * r[i * k + j];
            }
            self.q[i * k + i] = sum;
        }
    }

    /// One round over all classes; says whether none was needed.
    fn improve(&mut self, p: &mut [f32]) -> bool {
        let k = self.classes;
        let mut pqp = 0.0;
        for i in 0..k {
            let row = &self.q[i * k..(i + 1) * k];
            self.qp[i] = row.iter().zip(&*p).fold(0.0, |sum, (q, p)| sum + q * p);
            pqp += p[i] * self.qp[i];
        }
        let far = |qp: &f32| (qp - pqp).abs() >= TOLERANCE / k as f32;
        if !self.qp.iter().any(far) {
            return true;
        }
        for i in 0..k {
            let row = &self.q[i * k..(i + 1) * k];
            let step = (pqp - self.qp[i]) / row[i];
            p[i] += step;
            pqp = (pqp + step * (step * row[i] + 2.0 * self.qp[i])) / (1.0 + step) / (1.0 + step);
            for (j, q) in row.iter().enumerate() {
                self.qp[j] = (self.qp[j] + step * q) / (1.0 + step);
                p[j] /= 1.0 + step;
            }
        }
        false
    }
}
