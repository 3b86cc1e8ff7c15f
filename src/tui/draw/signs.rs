//! Sign and style of where things stand, and of what words mean.

use ratatui::style::Style;

use super::View;
use crate::explain::Tone;
use crate::explain::states::{DimensionStanding, ResourceStanding, SessionStanding, Worst};
use crate::ledger::ResourceRecord;
use crate::vocabulary::Lookup;

/// The style of what means this.
pub(in crate::tui) fn tone(view: &View<'_>, tone: Tone) -> Style {
    let theme = view.theme;
    match tone {
        Tone::Plain => theme.text,
        Tone::Main => theme.strong,
        Tone::Faint => theme.dim,
        Tone::Active => theme.accent,
        Tone::Good => theme.good,
        Tone::Warning => theme.warn,
        Tone::Bad => theme.bad,
    }
}

/// Of a resource.
pub(in crate::tui) fn resource(
    view: &View<'_>,
    standing: ResourceStanding,
) -> (&'static str, Style) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    match standing {
        ResourceStanding::Stale => (glyphs.stale, theme.warn),
        ResourceStanding::Resident => (glyphs.resident, theme.text),
        ResourceStanding::Queued => (glyphs.queued, theme.accent),
        ResourceStanding::Loading(_) | ResourceStanding::Scoring(_) => (view.spinner, theme.accent),
        ResourceStanding::Failed => (glyphs.bad, theme.bad),
        ResourceStanding::Cancelled | ResourceStanding::GivenUp => (glyphs.stopped, theme.warn),
        ResourceStanding::Gone(_) => (glyphs.gone, theme.dim),
        ResourceStanding::LoadsFirst | ResourceStanding::OnDemand => (glyphs.planned, theme.dim),
        ResourceStanding::Avoided => (glyphs.absent, theme.avoided),
        ResourceStanding::Streamed | ResourceStanding::NotLoaded => (glyphs.absent, theme.dim),
    }
}

/// The style of a resource's sign, where the words beside it have `style`.
pub(in crate::tui) fn resource_sign(
    view: &View<'_>,
    resource: &ResourceRecord,
    style: Style,
) -> Style {
    if resource.is_resident() && !resource.is_stale() {
        view.theme.good
    } else {
        style
    }
}

/// Of a dimension.
pub(in crate::tui) fn dimension(
    view: &View<'_>,
    standing: DimensionStanding,
) -> (&'static str, Style) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    match standing {
        DimensionStanding::Waiting => (glyphs.queued, theme.dim),
        DimensionStanding::Loading | DimensionStanding::Computing => (view.spinner, theme.accent),
        DimensionStanding::Stale => (glyphs.stale, theme.warn),
        DimensionStanding::Warned(_)
        | DimensionStanding::Flagged(_)
        | DimensionStanding::GatesPassed { warns: true, .. } => (glyphs.warning, theme.warn),
        DimensionStanding::Good | DimensionStanding::GatesPassed { .. } => {
            (glyphs.good, theme.good)
        }
        DimensionStanding::GatesFailed { .. } | DimensionStanding::Failed => {
            (glyphs.bad, theme.bad)
        }
        DimensionStanding::Cancelled => (glyphs.stopped, theme.warn),
        DimensionStanding::NotApplicable => (glyphs.none, theme.dim),
        DimensionStanding::Selected => (glyphs.planned, theme.text),
        DimensionStanding::NotRun => (glyphs.absent, theme.dim),
    }
}

/// Of the session.
pub(in crate::tui) fn session(view: &View<'_>, standing: SessionStanding) -> (&'static str, Style) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    match standing {
        SessionStanding::Ready => (glyphs.planned, theme.dim),
        SessionStanding::Loading | SessionStanding::Running(_) => (view.spinner, theme.accent),
        SessionStanding::Cancelling(_) => (glyphs.stopped, theme.warn),
        SessionStanding::Ended(worst, _) => {
            let sign = match worst {
                Worst::Errors(_) | Worst::GatesFailed(_) | Worst::LoadsFailed(_) => glyphs.bad,
                Worst::Cancelled => glyphs.stopped,
                Worst::Stale(_) => glyphs.stale,
                Worst::Warnings(_) | Worst::Flagged(_) => glyphs.warning,
                Worst::Nothing => glyphs.good,
            };
            (sign, tone(view, worst.tone()))
        }
    }
}

/// The sign for what a request found.
pub(in crate::tui) fn lookup(view: &View<'_>, lookup: &Lookup) -> &'static str {
    let glyphs = view.glyphs;
    match lookup {
        Lookup::Hit { .. } => glyphs.hit,
        Lookup::Coalesced => glyphs.joined,
        Lookup::Miss(_) => glyphs.miss,
    }
}
