//! Sign and style of where things stand, and of what words mean.

use ratatui::style::Style;

use crate::explain::Tone;
use crate::explain::states::{DimensionStanding, ResourceStanding, SessionStanding};
use crate::ledger::ResourceRecord;
use crate::tui::screen::Screen;
use crate::vocabulary::Lookup;

/// The style of what means this.
pub(super) fn tone(screen: &Screen, tone: Tone) -> Style {
    let theme = screen.theme();
    match tone {
        Tone::Plain => theme.text,
        Tone::Faint => theme.dim,
        Tone::Active => theme.accent,
        Tone::Good => theme.good,
        Tone::Warning => theme.warn,
        Tone::Bad => theme.bad,
    }
}

/// Of a resource.
pub(super) fn resource(screen: &Screen, standing: ResourceStanding) -> (&'static str, Style) {
    let (theme, glyphs) = (screen.theme(), screen.glyphs());
    match standing {
        ResourceStanding::Stale => (glyphs.stale, theme.warn),
        ResourceStanding::Resident => (glyphs.resident, theme.text),
        ResourceStanding::Queued => (glyphs.queued, theme.accent),
        ResourceStanding::Loading(_) => (screen.spinner(), theme.accent),
        ResourceStanding::Failed => (glyphs.bad, theme.bad),
        ResourceStanding::Cancelled => (glyphs.stopped, theme.warn),
        ResourceStanding::Gone(_) => (glyphs.gone, theme.dim),
        ResourceStanding::LoadsFirst | ResourceStanding::OnDemand => (glyphs.planned, theme.dim),
        ResourceStanding::Avoided => (glyphs.absent, theme.avoided),
        ResourceStanding::NotLoaded => (glyphs.absent, theme.dim),
    }
}

/// The style of a resource's sign, where the words beside it have `style`.
pub(super) fn resource_sign(screen: &Screen, resource: &ResourceRecord, style: Style) -> Style {
    if resource.is_resident() && !resource.is_stale() {
        screen.theme().good
    } else {
        style
    }
}

/// Of a dimension.
pub(super) fn dimension(screen: &Screen, standing: DimensionStanding) -> (&'static str, Style) {
    let (theme, glyphs) = (screen.theme(), screen.glyphs());
    match standing {
        DimensionStanding::Waiting => (glyphs.queued, theme.dim),
        DimensionStanding::Loading | DimensionStanding::Computing => {
            (screen.spinner(), theme.accent)
        }
        DimensionStanding::Stale => (glyphs.stale, theme.warn),
        DimensionStanding::Good | DimensionStanding::GatesPassed(_) => (glyphs.good, theme.good),
        DimensionStanding::Warned(_) => (glyphs.warning, theme.warn),
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
pub(super) fn session(screen: &Screen, standing: SessionStanding) -> (&'static str, Style) {
    let (theme, glyphs) = (screen.theme(), screen.glyphs());
    match standing {
        SessionStanding::Ready => (glyphs.planned, theme.dim),
        SessionStanding::Loading | SessionStanding::Running(_) => (screen.spinner(), theme.accent),
        SessionStanding::Cancelling(_) | SessionStanding::Cancelled(_) => {
            (glyphs.stopped, theme.warn)
        }
        SessionStanding::Done(_) => (glyphs.good, theme.good),
    }
}

/// The sign for what a request found.
pub(super) fn lookup(screen: &Screen, lookup: &Lookup) -> &'static str {
    let glyphs = screen.glyphs();
    match lookup {
        Lookup::Hit { .. } => glyphs.hit,
        Lookup::Coalesced => glyphs.joined,
        Lookup::Miss(_) => glyphs.miss,
    }
}
