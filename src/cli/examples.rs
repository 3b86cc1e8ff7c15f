//! What each command is good for, shown beneath its help.

pub(super) const PROGRAM: &str = "\
Examples:
  lazydebugger                                    the bundled experiment, in the terminal UI
  lazydebugger my_experiment.toml                 your own
  lazydebugger --data test.parquet --target churned --model model.onnx
  lazydebugger run --output report.html --output junit.xml my_experiment.toml
  lazydebugger check my_experiment.toml           what was understood, and every problem at once";

pub(super) const RUN: &str = "\
Examples:
  lazydebugger run my_experiment.toml                          the report, as text
  lazydebugger run my_experiment.toml --output report.html --output junit.xml
  lazydebugger run my_experiment.toml --dimensions fairness,uncertainty --preset full
  lazydebugger run my_experiment.toml --baseline main.json     worse than last time?";

pub(super) const PREDICT: &str = "\
Examples:
  lazydebugger predict my_experiment.toml --output scores.csv
  lazydebugger predict --data test.parquet --target churned --model model.onnx --output scores.parquet";

pub(super) const CHECK: &str = "\
Examples:
  lazydebugger check my_experiment.toml
  lazydebugger check my_experiment.toml --parity library_scores.csv";

pub(super) const PLAN: &str = "\
Examples:
  lazydebugger plan my_experiment.toml
  lazydebugger plan my_experiment.toml --format json";

pub(super) const DEMO: &str = "\
Examples:
  lazydebugger demo
  lazydebugger demo --rows 1000000 --plain";

pub(super) const ATTACH: &str = "\
Examples:
  lazydebugger attach                      to the only session that listens (`--listen`)
  lazydebugger attach --plain | grep missed";

pub(super) const REPLAY: &str = "\
Examples:
  lazydebugger replay                      the sessions that were kept
  lazydebugger replay 3
  lazydebugger replay trace.jsonl";

pub(super) const COMPARE: &str = "\
Examples:
  lazydebugger compare before.json after.json
  lazydebugger compare 3 4 --all";

pub(super) const EXPORT: &str = "\
Examples:
  lazydebugger export trace.jsonl --to chrome --output trace.json
  lazydebugger export 3 --to csv";

pub(super) const WHATIF: &str = "\
Examples:
  lazydebugger whatif trace.jsonl
  lazydebugger whatif accesses.csv --format json";

pub(super) const WHY: &str = "\
Examples:
  lazydebugger why trace.jsonl
  lazydebugger why trace.jsonl predictions:forest@dataset";

pub(super) const GENERATE: &str = "\
Examples:
  lazydebugger generate --output data --size small
  lazydebugger generate --output data --rows 1000000 --features 100";

pub(super) const DOCTOR: &str = "\
Examples:
  lazydebugger doctor
  lazydebugger doctor --install-runtime
  lazydebugger doctor --report             for a bug report: no paths of data, no secrets";

pub(super) const CACHE: &str = "\
Examples:
  lazydebugger cache status
  lazydebugger cache verify";

pub(super) const CONFIG: &str = "\
Examples:
  lazydebugger config
  lazydebugger config --print > my_config.toml";

pub(super) const BENCH: &str = "\
Examples:
  lazydebugger bench paper --quick
  lazydebugger bench peers --python .venv/bin/python";
