/**
 * How important work is: one vocabulary for queues, shedders and the gateway.
 *
 * Source: the four classes of Google's "Site Reliability Engineering", chapter 21.
 *
 * Floor 2: imports nothing.
 */

/** The four classes, most important first. */
export const CRITICALITIES = ['critical-plus', 'critical', 'sheddable-plus', 'sheddable'] as const

/** How important work is; the lowest is shed first. */
export type Criticality = (typeof CRITICALITIES)[number]

/** 0 for the most important class, 3 for the least; -1 for what is no criticality. */
export function criticalityRank(criticality: Criticality): number {
  return CRITICALITIES.indexOf(criticality)
}
