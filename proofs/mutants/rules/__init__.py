"""Every rule that the engine's text claims, by where it stands, and who turns red without it."""

from proofs.mutants.rules import days, edge, inbox, log, programme, relay, store

MUTANTS = (
    *inbox.MUTANTS,
    *days.MUTANTS,
    *relay.MUTANTS,
    *log.MUTANTS,
    *store.MUTANTS,
    *edge.MUTANTS,
    *programme.MUTANTS,
)
