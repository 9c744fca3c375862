/**
 * One chart: drawn by uPlot on a canvas, with a legend that tells the values
 * under the cursor, a sentence for a screen reader, and a table for whoever
 * wants the numbers.
 *
 * Imports `model`.
 */
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { summaryOf, tableOf } from '../model/chart-words.ts'
import { formatTimeOfDay } from '../model/format.ts'
import type { StreamSeries } from '../model/history.ts'
import type { Sample } from '../model/series.ts'
import type { ChartSpec, LineSpec } from './chart-spec.ts'
import { Plot } from './plot.ts'

const TABLE_ROWS = 15

/** The chart. */
export function Chart({
  spec,
  series,
  isLive,
}: {
  readonly spec: ChartSpec
  readonly series: StreamSeries
  readonly isLive: boolean
}): JSX.Element {
  const [hovered, setHovered] = useState<number>()
  const [isOpen, setIsOpen] = useState(false)
  const timesMs = series.timesMs()
  const lines = spec.lines.map((line) => ({ ...line, samples: series.column(line.name) }))
  const canvas = usePlot(spec, series, setHovered)
  const at = hovered ?? timesMs.length - 1
  const summary = `${spec.title}, last five minutes: ${summaryOf(lines, spec.write)}`
  return (
    <figure class="chart panel">
      <figcaption>
        <h3>{spec.title}</h3>
        <span class="chart-time">
          {isLive && hovered === undefined ? 'now' : formatTimeOfDay(timesMs[at] ?? 0)}
        </span>
      </figcaption>
      <Legend spec={spec} lines={lines} at={at} />
      <div class="plot" role="img" aria-label={summary} ref={canvas} />
      <details onToggle={(event) => setIsOpen(event.currentTarget.open)}>
        <summary>As a table</summary>
        {isOpen ? (
          <Table spec={spec} rows={tableOf(timesMs, lines, { write: spec.write, maxRows: TABLE_ROWS })} />
        ) : null}
      </details>
    </figure>
  )
}

/** The swatches carry the colours, which the plot reads. */
function Legend(props: {
  readonly spec: ChartSpec
  readonly lines: readonly (LineSpec & { readonly samples: readonly Sample[] })[]
  readonly at: number
}): JSX.Element {
  const { spec, lines, at } = props
  return (
    <ul class="legend">
      {lines.map(({ name, label, kind, samples }) => (
        <li key={name}>
          <span class={`line line-${kind}`} data-line={name} />
          {label} <b>{spec.write(samples[at] ?? undefined)}</b>
        </li>
      ))}
    </ul>
  )
}

function Table({
  spec,
  rows,
}: {
  readonly spec: ChartSpec
  readonly rows: readonly (readonly string[])[]
}): JSX.Element {
  return (
    <table class="numbers">
      <caption class="unseen">{spec.title}</caption>
      <thead>
        <tr>
          <th scope="col">time</th>
          {spec.lines.map(({ name, label }) => (
            <th key={name} scope="col" class="number">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([time, ...values]) => (
          <tr key={time}>
            <th scope="row">{time}</th>
            {values.map((value, column) => (
              <td key={spec.lines[column]?.name} class="number">
                {value}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Keeps a plot in the element that is returned, and feeds it. */
function usePlot(
  spec: ChartSpec,
  series: StreamSeries,
  onHover: (row: number | undefined) => void,
): { readonly current: HTMLDivElement | null } {
  const element = useRef<HTMLDivElement>(null)
  const plot = useRef<Plot>(undefined)
  useEffect(() => {
    if (!element.current) return
    const drawn = new Plot(element.current, spec, onHover)
    plot.current = drawn
    return () => drawn.destroy()
  }, [spec])
  // What is kept is a ring: its newest time tells whether it has changed.
  useEffect(() => plot.current?.draw(series), [series, series.lastMs, series.length])
  return element
}
