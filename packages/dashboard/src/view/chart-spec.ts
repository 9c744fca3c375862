/**
 * What a chart shows, as data.
 *
 * Imports `model`.
 */
import type { Write } from '../model/chart-words.ts'
import type { SeriesName } from '../model/history.ts'

/** One line of a chart. */
export interface LineSpec {
  readonly name: SeriesName
  readonly label: string
  /** What it means, which gives it its colour. A bound is dashed, and does not stretch the chart. */
  readonly kind: 'neutral' | 'water' | 'good' | 'loss' | 'bound'
  readonly isFilled?: boolean
}

/** What a chart shows. */
export interface ChartSpec {
  readonly title: string
  readonly lines: readonly LineSpec[]
  readonly write: Write
}
