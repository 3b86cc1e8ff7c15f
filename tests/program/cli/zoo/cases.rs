//! The files of the zoo, and what is to come of each.

use crate::cli::desk::{text, zoo};

/// A model, its data, and what is to come of them.
pub(super) struct Case {
    pub(super) model: &'static str,
    pub(super) data: &'static str,
    pub(super) target: &'static str,
    /// What cannot be told from the files.
    pub(super) more: &'static [&'static str],
    /// What the program says that it understood.
    pub(super) task: &'static str,
    pub(super) score: &'static str,
    /// Columns that `predict` writes, and those of the expected file.
    pub(super) columns: &'static [(&'static str, &'static str)],
}

const ADULT: Case = Case {
    model: "",
    data: "adult_500_ordinal.csv",
    target: "income",
    more: &[],
    task: "binary: income is >50K from a score of 0.5 on",
    score: "probabilities[1], a probability",
    columns: &[("score", "probabilities[1]")],
};

const TEXTS: Case = Case {
    data: "adult_500.csv",
    ..ADULT
};

const WAGE: Case = Case {
    data: "wage_500_ordinal.csv",
    target: "wage",
    task: "regression: wage is a number",
    score: "variable, the predicted number",
    columns: &[("score", "variable")],
    ..ADULT
};

const BAND: Case = Case {
    data: "wage_band_500.csv",
    target: "wage_band",
    task: "multi-class: wage_band is one of high, low, mid",
    score: "probabilities, a probability",
    columns: &[
        ("high", "probabilities[0]"),
        ("low", "probabilities[1]"),
        ("mid", "probabilities[2]"),
    ],
    ..ADULT
};

pub(super) const CASES: &[Case] = &[
    Case {
        model: "skl_rf_zipmap_int",
        score: "output_probability[1], a probability",
        columns: &[("score", "output_probability[1]")],
        ..ADULT
    },
    Case {
        model: "skl_lr_zipmap_str",
        score: "output_probability[>50K], a probability",
        columns: &[("score", "output_probability[>50K]")],
        ..ADULT
    },
    Case {
        model: "skl_lr_strlabel",
        score: "probabilities[>50K], a probability",
        ..ADULT
    },
    Case {
        model: "skl_rf_default_opset",
        ..ADULT
    },
    Case {
        model: "skl_linearsvc_scores",
        task: "binary: income is >50K from a score of 0 on",
        score: "probabilities[1], a margin, no probability",
        ..ADULT
    },
    Case {
        model: "xgb_onnxmltools",
        ..ADULT
    },
    Case {
        model: "lgbm_onnxmltools",
        ..ADULT
    },
    Case {
        model: "skl_mlp",
        ..ADULT
    },
    Case {
        model: "skl_gbc",
        ..ADULT
    },
    Case {
        model: "skl_gnb",
        ..ADULT
    },
    Case {
        model: "skl_voting",
        ..ADULT
    },
    Case {
        model: "torch_mlp_sigmoid",
        score: "prob, a probability",
        columns: &[("score", "prob")],
        ..ADULT
    },
    Case {
        model: "torch_mlp_fixed_batch1",
        score: "out.24[1], a probability",
        columns: &[("score", "out.24[1]")],
        ..ADULT
    },
    Case {
        model: "torch_fp16",
        score: "prob, a probability",
        columns: &[("score", "prob")],
        ..ADULT
    },
    Case {
        model: "skl_pipeline_cols_zipmap",
        score: "output_probability[>50K], a probability",
        columns: &[("score", "output_probability[>50K]")],
        ..TEXTS
    },
    Case {
        model: "skl_pipeline_cols_int64",
        ..TEXTS
    },
    Case {
        model: "skl_two_inputs",
        // The table has a column more than the model takes, and the inputs do not say which.
        more: &[
            "--features",
            "age,education_num,capital_gain,capital_loss,hours_per_week,workclass,education,\
             marital_status,occupation,relationship,race,sex,native_country",
        ],
        ..TEXTS
    },
    Case {
        model: "skl_gbr_regression",
        data: "wage_500.csv",
        ..WAGE
    },
    Case {
        model: "xgb_regressor",
        ..WAGE
    },
    Case {
        model: "lgbm_regressor",
        ..WAGE
    },
    Case {
        model: "skl_rf_multiclass",
        ..BAND
    },
    Case {
        model: "skl_rf_multiclass_zipmap",
        score: "output_probability, a probability",
        columns: &[
            ("high", "output_probability[high]"),
            ("low", "output_probability[low]"),
            ("mid", "output_probability[mid]"),
        ],
        ..BAND
    },
];

impl Case {
    /// The flags: data, target, model, and what else is needed.
    pub(super) fn flags(&self) -> Vec<String> {
        let file = |name: &str| text(&zoo(name));
        let own = [
            "--data".to_owned(),
            file(self.data),
            "--target".to_owned(),
            self.target.to_owned(),
            "--model".to_owned(),
            file(&format!("{}.onnx", self.model)),
        ];
        let more = self.more.iter().map(|flag| (*flag).to_owned());
        own.into_iter().chain(more).collect()
    }
}
