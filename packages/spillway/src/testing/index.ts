/**
 * What tests and simulators of a service under overload need.
 */
export { type ConformanceCase, gateConformance } from './gate-conformance.ts'
export type { GateSubject, GateSurroundings, GateUnderTest } from './gate-conformance-subject.ts'
export { seededRandom } from './seeded-random.ts'
export { promisesSettled, VirtualClock } from './virtual-clock.ts'
