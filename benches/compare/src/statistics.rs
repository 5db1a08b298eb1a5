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
    Some(Spread {
        median: quantile(&sorted, 0.5)?,
        first_quartile: quantile(&sorted, 0.25)?,
        third_quartile: quantile(&sorted, 0.75)?,
        min: quantile(&sorted, 0.0)?,
        max: quantile(&sorted, 1.0)?,
    })
}

/// The value that this share of the others lies below, unless there are none.
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let at = share * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    Some(below + (above - below) * at.fract())
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
    fn quantiles_reach_the_tail() {
        let sorted: Vec<f64> = (0..=10_000).map(f64::from).collect();
        assert_eq!(
            [0.5, 0.99, 0.9999, 1.0].map(|share| quantile(&sorted, share).unwrap().round()),
            [5e3, 9_900.0, 9_999.0, 1e4]
        );
    }

    #[test]
    fn nothing_has_no_middle() {
        assert!(median([].into_iter()).is_none());
        assert!(quantile(&[], 1.0).is_none());
        assert!(geometric_mean([].into_iter()).is_none());
    }

    #[test]
    fn geometric_mean_of_inverse_ratios_is_one() {
        let mean = geometric_mean([0.5, 2.0].into_iter()).unwrap();
        assert!((mean - 1.0).abs() < 1e-12);
    }
}
