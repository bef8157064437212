"""Every rule that the engine's text claims, by where it stands, and who turns red without it."""

from proofs.mutants.rules import days, edge, inbox, log, operate, programme, relay, release, store

MUTANTS = (
    *inbox.MUTANTS,
    *release.MUTANTS,
    *days.MUTANTS,
    *relay.MUTANTS,
    *log.MUTANTS,
    *store.MUTANTS,
    *operate.MUTANTS,
    *edge.MUTANTS,
    *programme.MUTANTS,
)
