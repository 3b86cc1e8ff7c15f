//! The forecast of demand: what predictors learn, how they are weighed, and when they are believed.

use lazydebugger::bench::adaptive::{Habit, measure};
use lazydebugger::demand_forecast::{
    Continuation, Forecaster, MARGIN, Selection, Stake, WINDOW, pays,
};
use lazydebugger::vocabulary::{Choice, DemandPredictor, Dimension};
use proptest::prelude::*;

const FAIRNESS: Dimension = Dimension::Fairness;
const ROBUSTNESS: Dimension = Dimension::Robustness;

fn of(dimensions: &[Dimension]) -> Selection {
    dimensions.iter().copied().collect()
}

/// Fairness, then robustness, over and over.
fn in_turns(times: usize) -> Forecaster {
    let turns = [of(&[FAIRNESS]), of(&[ROBUSTNESS])];
    Forecaster::of(turns.into_iter().cycle().take(times))
}

#[test]
fn what_comes_in_turns_is_foreseen_with_its_evidence() {
    let forecaster = in_turns(30);
    let outlook = forecaster.outlook();
    assert!(outlook.mixture.of_dimension(FAIRNESS) > 0.9);
    assert!(outlook.mixture.of_dimension(ROBUSTNESS) < 0.1);
    assert!(forecaster.gate().is_open());
    let weights: f64 = outlook.shares.iter().map(|share| share.weight).sum();
    assert!((weights - 1.0).abs() < 1e-12);
    let ppm = &outlook.shares[DemandPredictor::Ppm as usize];
    assert_eq!(ppm.predictor, DemandPredictor::Ppm);
    let evidence = &ppm.evidence[FAIRNESS as usize];
    assert_eq!(evidence.after, [of(&[FAIRNESS]), of(&[ROBUSTNESS])]);
    // It came 14 times, always before fairness.
    assert_eq!((evidence.times, evidence.followed), (14, 14));
    let popular = &outlook.shares[DemandPredictor::Popularity as usize];
    let evidence = &popular.evidence[FAIRNESS as usize];
    assert_eq!((evidence.times, evidence.followed), (30, 15));
    // (15 + 1/2) / (30 + 1), the others as seldom, given that one of the five is selected.
    let one = 0.5;
    let none = (1.0 - one) * (1.0 - one) * f64::powi(1.0 - 0.5 / 31.0, 3);
    let expected = one / (1.0 - none);
    assert!((popular.distribution.of_dimension(FAIRNESS) - expected).abs() < 1e-12);
}

#[test]
fn popularity_alone_opens_no_gate_unless_it_is_always_the_same() {
    let mut forecaster = Forecaster::of(vec![of(&[FAIRNESS, ROBUSTNESS]); WINDOW - 1]);
    assert!(!forecaster.gate().is_open(), "too few to say so");
    forecaster.learn(of(&[FAIRNESS, ROBUSTNESS]));
    forecaster.learn(of(&[FAIRNESS, ROBUSTNESS]));
    forecaster.learn(of(&[FAIRNESS, ROBUSTNESS]));
    assert!(forecaster.gate().gain() < MARGIN);
    assert!(forecaster.gate().is_always_the_same() && forecaster.gate().is_open());
    forecaster.learn(of(&[Dimension::Resilience]));
    forecaster.learn(of(&[Dimension::Hyperparameters]));
    assert!(!forecaster.gate().is_open());
}

#[test]
fn a_selection_is_evidence_for_what_comes_with_it() {
    let pairs = [of(&[FAIRNESS, ROBUSTNESS]), of(&[Dimension::Resilience])];
    let forecaster = Forecaster::of([0, 0, 1, 0, 1, 1, 0, 1, 1, 0, 0, 1].map(|one| pairs[one]));
    let next = forecaster.outlook().mixture;
    let given = next.given(of(&[FAIRNESS]));
    assert_eq!(given.of_dimension(FAIRNESS), 1.0);
    assert!(given.of_dimension(ROBUSTNESS) > next.of_dimension(ROBUSTNESS) + 0.1);
}

#[test]
fn what_is_loaded_ahead_must_be_worth_its_harm() {
    let stake = |probability, harm_seconds| Stake {
        probability,
        hidden_seconds: 1.0,
        load_seconds: 1.0,
        harm_seconds,
    };
    assert!(pays(&stake(0.6, 0.0)));
    assert!(!pays(&stake(0.5, 0.0)), "as much to lose as to win");
    assert!(!pays(&stake(0.6, 1.0)));
    assert!(pays(&stake(0.9, 1.0)));
    let late = Stake {
        hidden_seconds: 0.1,
        ..stake(0.6, 0.0)
    };
    assert!(!pays(&late), "most of it would be waited for all the same");
}

#[test]
fn sessions_tell_whether_another_run_comes() {
    let counted = Continuation::of([0, 1, 1, 2, 30]);
    assert_eq!(counted.counts(0), (5, 4));
    assert_eq!(counted.counts(1), (4, 2));
    assert_eq!(
        counted.counts(500),
        (1, 1),
        "long ones are counted together"
    );
    assert!((counted.probability(1) - 0.5).abs() < 1e-12);
    assert!((Continuation::default().probability(3) - 0.5).abs() < 1e-12);
}

/// What `bench adaptive` asks of 200 users of each kind, of a few.
#[test]
fn habits_are_learnt_and_chance_is_not() {
    let table = measure(12);
    for requirement in &table.requirements {
        assert!(requirement.is_met, "{requirement:?}");
    }
    for measured in &table.habits {
        let is_control = measured.habit == Habit::NoHabit;
        assert_eq!(measured.teaches_nothing(), is_control, "{measured:?}");
        let popularity = measured.log_loss[DemandPredictor::Popularity as usize].1;
        assert_eq!(measured.mixture_log_loss < popularity - MARGIN, !is_control);
        if !is_control {
            assert!(
                measured.later.hidden > measured.all.hidden,
                "it takes time to learn"
            );
        }
    }
}

fn selections() -> impl Strategy<Value = Vec<Selection>> {
    let one = prop::sample::subsequence(Dimension::ALL.to_vec(), 1..=5);
    prop::collection::vec(one.prop_map(|dimensions| of(&dimensions)), 1..60)
}

proptest! {
    /// The bound of Bayes' rule: behind the best expert by the logarithm of their number at most, in all.
    #[test]
    fn the_mixture_is_never_far_behind(selections in selections()) {
        let mut forecaster = Forecaster::default();
        let mut mixture = 0.0;
        for selection in selections {
            mixture += forecaster.learn(selection).unwrap().mixture;
        }
        let best = forecaster.losses().iter().copied().fold(f64::INFINITY, f64::min);
        let experts = DemandPredictor::ALL.len() as f64;
        prop_assert!(mixture <= best + experts.ln() + 1e-9, "{} {}", mixture, best);
    }

    /// Every opinion is a distribution over selections, and none is ruled out for good.
    #[test]
    fn opinions_are_distributions(selections in selections()) {
        let outlook = Forecaster::of(selections).outlook();
        let opinions = outlook.shares.iter().map(|share| &share.distribution);
        for opinion in opinions.chain([&outlook.mixture]) {
            let all: Vec<f64> = Selection::all().map(|selection| opinion.of(selection)).collect();
            prop_assert!((all.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            prop_assert!(all.iter().all(|probability| *probability > 0.0));
            prop_assert_eq!(opinion.of(Selection::default()), 0.0);
        }
    }
}
