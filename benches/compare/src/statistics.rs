//! Medians, spreads and geometric means.

/// The middle of several measurements and how far they lie apart.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    pub median: f64,
    pub first_quartile: f64,
    pub third_quartile: f64,
    pub min: f64,
    pub max: f64,
}

/// The spread of `values`, unless there are none.
pub fn spread(values: impl Iterator<Item = f64>) -> Option<Spread> {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    let quantile = |share: f64| {
        let at = share * (sorted.len() - 1) as f64;
        let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
        below + (above - below) * at.fract()
    };
    (!sorted.is_empty()).then(|| Spread {
        median: quantile(0.5),
        first_quartile: quantile(0.25),
        third_quartile: quantile(0.75),
        min: quantile(0.0),
        max: quantile(1.0),
    })
}

/// The middle value.
pub fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    spread(values).map(|spread| spread.median)
}

/// The geometric mean.
pub fn geometric_mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0, 0.0), |(count, sum), value| (count + 1, sum + value.ln()));
    (count > 0).then(|| (sum / f64::from(count)).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_lie_between_neighbours() {
        let spread = spread([4.0, 1.0, 3.0, 2.0].into_iter()).unwrap();
        assert_eq!((spread.min, spread.max), (1.0, 4.0));
        assert_eq!((spread.first_quartile, spread.median, spread.third_quartile), (1.75, 2.5, 3.25));
    }

    #[test]
    fn nothing_has_no_middle() {
        assert!(median([].into_iter()).is_none());
        assert!(geometric_mean([].into_iter()).is_none());
    }

    #[test]
    fn geometric_mean_of_inverse_ratios_is_one() {
        let mean = geometric_mean([0.5, 2.0].into_iter()).unwrap();
        assert!((mean - 1.0).abs() < 1e-12);
    }
}
