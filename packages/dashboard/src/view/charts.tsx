/**
 * The last five minutes in four charts that share their time and their
 * cursor. Requests and events have charts of their own: a request may carry
 * thousands of events.
 *
 * Imports `model`.
 */
import type { JSX } from 'preact'
import { formatDuration, formatRate, formatShortCount } from '../model/format.ts'
import type { StreamSeries } from '../model/history.ts'
import { Chart } from './chart.tsx'
import type { ChartSpec } from './chart-spec.ts'

const CHARTS: readonly ChartSpec[] = [
  {
    title: 'Requests a second',
    lines: [
      { name: 'offered', label: 'offered', kind: 'neutral' },
      { name: 'taken', label: 'accepted', kind: 'water' },
      { name: 'refused', label: 'refused', kind: 'loss' },
    ],
    write: formatRate,
  },
  {
    title: 'Events a second',
    lines: [
      { name: 'accepted', label: 'accepted', kind: 'water' },
      { name: 'delivered', label: 'delivered', kind: 'good' },
      { name: 'evicted', label: 'evicted', kind: 'loss' },
    ],
    write: formatRate,
  },
  {
    title: 'Depth, in events',
    lines: [
      { name: 'depth', label: 'depth', kind: 'water', isFilled: true },
      { name: 'capacity', label: 'capacity', kind: 'bound' },
    ],
    write: (value) => (value === undefined ? formatRate(undefined) : formatShortCount(value)),
  },
  {
    title: 'Time to a 202',
    lines: [
      { name: 'p50', label: 'median', kind: 'water' },
      { name: 'p99', label: '99 %', kind: 'neutral' },
    ],
    write: formatDuration,
  },
]

/** All four. */
export function Charts({
  streamName,
  series,
  isLive,
}: {
  readonly streamName: string
  readonly series: StreamSeries
  readonly isLive: boolean
}): JSX.Element {
  return (
    <section class="charts" aria-label={`The last five minutes of ${streamName}`}>
      {CHARTS.map((spec) => (
        <Chart key={spec.title} spec={spec} series={series} isLive={isLive} />
      ))}
    </section>
  )
}
