//! What a streamed prediction cannot do without, measured by itself: decoding the columns that the model
//! looks at, and scoring.

use std::time::Instant;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::catalogue::Catalogue;
use super::directly;
use super::feed::{Buffer, Chunk, WholeColumns, feed_columns};
use super::key::{Key, TableId};
use super::predictions::batch_rows;
use super::table_file::{is_read_in_batches, with_batches};
use crate::engine::LoadError;
use crate::inference::InputBlock;
use crate::vocabulary::Problem;

/// Seconds on the clock, all lanes at work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bare {
    /// Decoding the columns that the model looks at.
    pub decode_seconds: f64,
    /// Scoring rows that are laid out already.
    pub score_seconds: f64,
}

impl Bare {
    /// For the validated model and the dataset; none where that is not streamed. Works on the threads
    /// of the pool that it is called in.
    pub fn measure(catalogue: &mut Catalogue) -> Result<Option<Self>, Problem> {
        let (model, table) = (catalogue.validated(), TableId::Dataset);
        let path = catalogue.table_path(&table)?.to_owned();
        if catalogue.is_precomputed() || !is_read_in_batches(&path) {
            return Ok(None);
        }
        let key = Key::Model(model.clone());
        let loaded = directly::load(catalogue, std::slice::from_ref(&key), &|_, _| {})?;
        let (Some(open), Some(bound)) = (loaded.get(&key), catalogue.bound(&model)) else {
            return Ok(None);
        };
        let open = open.as_model()?;
        let source = catalogue.files.source(&path)?;
        let columns =
            catalogue.wanted_as_held(Some(&model), &table, &catalogue.columns_read(&model));
        let options = catalogue.table_options(&table);
        let lanes = catalogue.lanes_of(&model);
        let rows = batch_rows(catalogue.settings.chunk_rows, lanes);
        let missing_text = catalogue.missing_text();
        let measured = with_batches(&source, &columns, &options, |batches| {
            let mut bare = Self::default();
            loop {
                let started = Instant::now();
                let Some(table) = batches.next(rows, &|| Ok(()))? else {
                    return Ok(bare);
                };
                bare.decode_seconds += started.elapsed().as_secs_f64();
                let inputs =
                    feed_columns(&table, &bound.inputs, missing_text, WholeColumns::none())?;
                let chunk_rows = table.rows.div_ceil(lanes);
                let starts: Vec<usize> = (0..table.rows).step_by(chunk_rows).collect();
                let chunks = starts.par_iter().map(|start| {
                    let end = table.rows.min(start + chunk_rows);
                    let first = table.first_row();
                    let chunk = Chunk::cut(&inputs, &(first + start..first + end));
                    Ok((
                        end - start,
                        chunk.buffers(|input| open.takes_columns(input))?,
                    ))
                });
                let chunks: Vec<(usize, Vec<Buffer<'_>>)> =
                    chunks.collect::<Result<_, Problem>>()?;
                let started = Instant::now();
                let scored: Result<Vec<usize>, Problem> = chunks
                    .par_iter()
                    .map(|(rows, buffers)| {
                        let blocks: Vec<InputBlock<'_>> =
                            buffers.iter().map(Buffer::block).collect();
                        Ok(open.run(*rows, &blocks)?.scores.len())
                    })
                    .collect();
                scored?;
                bare.score_seconds += started.elapsed().as_secs_f64();
            }
        });
        match measured {
            Ok(bare) => Ok(Some(bare)),
            Err(LoadError::Failed(problem)) => Err(problem),
            Err(_) => Ok(None),
        }
    }
}
