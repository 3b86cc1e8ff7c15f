//! A run in shards as a file for what runs it: plain text that a person reads and changes.

use std::fmt::Write;

use crate::vocabulary::{Problem, Runner};

/// A matrix of GitHub has no more jobs.
const MOST_IN_A_MATRIX: u32 = 256;

/// What a manifest says.
pub struct Manifest<'a> {
    /// The experiment's file, as those who run it see it.
    pub experiment: &'a str,
    /// How many shards.
    pub shards: u32,
    /// What each shard and the merge are told besides.
    pub flags: &'a [String],
}

impl Manifest<'_> {
    /// The file.
    pub fn text(&self, runner: Runner) -> Result<String, Problem> {
        match runner {
            Runner::Slurm => Ok(self.slurm()),
            Runner::Kubernetes => Ok(self.kubernetes()),
            Runner::Github if self.shards > MOST_IN_A_MATRIX => {
                let cause = format!("a matrix of GitHub has at most {MOST_IN_A_MATRIX} jobs");
                Err(Problem::new(cause).remedy("take fewer shards"))
            }
            Runner::Github => Ok(self.github()),
        }
    }

    /// The flags as words of a shell, each with a space before.
    fn words(&self) -> String {
        self.flags.iter().fold(String::new(), |mut words, flag| {
            let _ = write!(words, " {}", quoted(flag));
            words
        })
    }

    /// The parts of all shards as words of a shell that counts to them.
    fn merge(&self, parts: &str, report: &str) -> String {
        format!(
            "set --; i=1; while [ \"$i\" -le \"$SHARDS\" ]; do set -- \"$@\" \"{parts}/part-$i.lzd\"; \
             i=$((i + 1)); done\n\
             lazydebugger merge --experiment \"$EXPERIMENT\" --output {report}{} \"$@\"",
            self.words()
        )
    }

    fn slurm(&self) -> String {
        let (experiment, shards, words) = (quoted(self.experiment), self.shards, self.words());
        let merge = indented(&self.merge("$PARTS", "\"$REPORT\""), 2);
        format!(
            r#"#!/bin/sh
#SBATCH --job-name=lazydebugger
#SBATCH --cpus-per-task=4
#SBATCH --mem=4G
#SBATCH --time=01:00:00
# A run in {shards} shards: an array of jobs, and a job that merges when all of them have ended well.
#   all of it        sh THIS_FILE
#   a shard again    sbatch --array=3 THIS_FILE
#   the merge again  sbatch THIS_FILE
set -eu
EXPERIMENT={experiment}
SHARDS={shards}
# Where all nodes see it.
PARTS="${{PARTS:-parts}}"
REPORT="${{REPORT:-report.html}}"
if [ -n "${{SLURM_ARRAY_TASK_ID:-}}" ]; then
  lazydebugger run --shard "$SLURM_ARRAY_TASK_ID/$SHARDS" --output "$PARTS/part-$SLURM_ARRAY_TASK_ID.lzd" \
    --threads "${{SLURM_CPUS_PER_TASK:-1}}"{words} "$EXPERIMENT"
elif [ -n "${{SLURM_JOB_ID:-}}" ]; then
{merge}
else
  mkdir -p "$PARTS"
  array=$(sbatch --parsable --array="1-$SHARDS" "$0")
  sbatch --dependency="afterok:$array" "$0"
fi
"#
        )
    }

    fn kubernetes(&self) -> String {
        let (shards, words) = (self.shards, self.words());
        let run = format!(
            "shard=$((JOB_COMPLETION_INDEX + 1))\n\
             mkdir -p parts\n\
             lazydebugger run --shard \"$shard/$SHARDS\" --output \"parts/part-$shard.lzd\"{words} \
             \"$EXPERIMENT\""
        );
        let wait = "i=1; while [ \"$i\" -le \"$SHARDS\" ]; do\n  \
                    if [ -e \"parts/part-$i.lzd\" ]; then i=$((i + 1)); else sleep 5; fi\n\
                    done\n";
        let merge = format!("{wait}{}", self.merge("parts", "report.html"));
        let container = self.container();
        format!(
            "# A run in {shards} shards. All pods work in one volume that several nodes can write to, with \
             the\n# experiment in it; a part is there when it is whole. Change the image and the claim.\n\
             apiVersion: batch/v1\n\
             kind: Job\n\
             metadata:\n  name: lazydebugger-shards\n\
             spec:\n  completionMode: Indexed\n  completions: {shards}\n  parallelism: {shards}\n  \
             backoffLimitPerIndex: 3\n  template:\n{container}{}\n\
             ---\n\
             apiVersion: batch/v1\n\
             kind: Job\n\
             metadata:\n  name: lazydebugger-merge\n\
             spec:\n  backoffLimit: 1\n  template:\n{container}{}\n",
            indented(&run, 14),
            indented(&merge, 14)
        )
    }

    /// The pod of a job, up to what its shell does.
    fn container(&self) -> String {
        let experiment = yaml(self.experiment);
        let shards = self.shards;
        format!(
            r#"    spec:
      restartPolicy: Never
      volumes:
        - name: work
          persistentVolumeClaim: {{ claimName: lazydebugger }}
      containers:
        - name: lazydebugger
          image: lazydebugger:latest
          workingDir: /work
          volumeMounts:
            - {{ name: work, mountPath: /work }}
          resources:
            requests: {{ cpu: "4", memory: 4Gi }}
          env:
            - {{ name: EXPERIMENT, value: {experiment} }}
            - {{ name: SHARDS, value: "{shards}" }}
          command: [sh, -euc]
          args:
            - |
"#
        )
    }

    fn github(&self) -> String {
        let numbers: Vec<String> = (1..=self.shards).map(|n| n.to_string()).collect();
        let (numbers, shards) = (numbers.join(", "), self.shards);
        let (experiment, words) = (literal(&yaml(self.experiment)), literal(&self.words()));
        let merge = indented(&literal(&self.merge("parts", "report.html")), 10);
        format!(
            r#"# A run in {shards} shards: a matrix of jobs, and a job that merges their parts.
name: validation
on: [workflow_dispatch]
permissions: {{ contents: read }}
env:
  EXPERIMENT: {experiment}
  SHARDS: "{shards}"
jobs:
  shard:
    runs-on: ubuntu-latest
    strategy:
      fail-fast: false
      matrix:
        shard: [{numbers}]
    env:
      SHARD: ${{{{ matrix.shard }}}}
    steps:
      - uses: actions/checkout@v5
      - run: cargo install --locked --path lazydebugger
      - run: |
          lazydebugger run --shard "$SHARD/$SHARDS" --output "part-$SHARD.lzd"{words} "$EXPERIMENT"
      - uses: actions/upload-artifact@v4
        with:
          name: part-${{{{ matrix.shard }}}}
          path: part-${{{{ matrix.shard }}}}.lzd
          overwrite: true
  merge:
    needs: shard
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - run: cargo install --locked --path lazydebugger
      - uses: actions/download-artifact@v5
        with: {{ pattern: "part-*", path: parts, merge-multiple: true }}
      - run: |
{merge}
      - if: always()
        uses: actions/upload-artifact@v4
        with: {{ name: report, path: report.html }}
"#
        )
    }
}

/// A word of a shell that means itself.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./,=:@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A text of YAML that means itself: what JSON writes is one.
fn yaml(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The same where GitHub would take what it says for an expression.
fn literal(text: &str) -> String {
    text.replace("${{", "${{ '${{' }}")
}

fn indented(text: &str, by: usize) -> String {
    let lines = text.lines().map(|line| format!("{:by$}{line}", ""));
    lines.collect::<Vec<_>>().join("\n")
}
