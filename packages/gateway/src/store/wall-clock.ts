/**
 * The time of day: what an event's age is measured by, because it must mean
 * the same after a restart. Everything else takes the monotonic clock.
 */

/** Milliseconds since 1970, UTC. May step when the system's clock is set. */
export const systemWallNowMs: () => number = Date.now
