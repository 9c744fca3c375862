/**
 * What leases do in a fleet, in virtual time: the limiters as they are, and an
 * authority in memory that decides as the script on Redis does.
 *
 * This list is the public surface of `@spillway/redis/simulation`, by name.
 */
export { bankRunner } from './bank-runner.ts'
export { BIN_MS, type FleetOptions, type FleetResult, runFleet } from './fleet.ts'
export { evenly, SCENARIOS, unevenly } from './scenarios.ts'
