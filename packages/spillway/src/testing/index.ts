/**
 * What tests and simulators of a service under overload need.
 */
export { seededRandom } from './seeded-random.ts'
export { promisesSettled, VirtualClock } from './virtual-clock.ts'
