/**
 * uPlot, as this page uses it: no legend of its own, colours from the style
 * sheet, redrawn when those or the width change.
 *
 * Colours are read from the legend's swatches, so that they are said once.
 *
 * Imports `model`.
 */
import uPlot from 'uplot'
import { formatTimeOfDay } from '../model/format.ts'
import type { StreamSeries } from '../model/history.ts'
import type { ChartSpec, LineSpec } from './chart-spec.ts'

const HEIGHT = 168
/** In the first minute after it was opened a chart shows a minute, later as much as there is. */
const LEAST_SHOWN_S = 60
/** The room above the highest value. */
const HEADROOM = 1.12
/** From this share of a bound on, the bound is shown. */
const BOUND_IN_SIGHT = 0.1
const CURSOR_GROUP = 'dashboard'
const FONT = '11px -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", system-ui, sans-serif'

/** One drawn chart. */
export class Plot {
  readonly #element: HTMLElement
  readonly #spec: ChartSpec
  readonly #onHover: (row: number | undefined) => void
  readonly #width: ResizeObserver
  readonly #scheme: MutationObserver
  readonly #systemScheme = matchMedia('(prefers-color-scheme: dark)')
  #plot: uPlot | undefined
  #series: StreamSeries | undefined

  constructor(element: HTMLElement, spec: ChartSpec, onHover: (row: number | undefined) => void) {
    this.#element = element
    this.#spec = spec
    this.#onHover = onHover
    this.#width = new ResizeObserver(() => this.#plot?.setSize(this.#size()))
    this.#width.observe(element)
    this.#scheme = new MutationObserver(this.#redraw)
    this.#scheme.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    this.#systemScheme.addEventListener('change', this.#redraw)
  }

  /** Draws what the series hold now. */
  draw(series: StreamSeries): void {
    this.#series = series
    const data = dataOf(series, this.#spec)
    if (this.#plot) this.#plot.setData(data)
    else this.#plot = new uPlot(this.#options(), data, this.#element)
  }

  destroy(): void {
    this.#width.disconnect()
    this.#scheme.disconnect()
    this.#systemScheme.removeEventListener('change', this.#redraw)
    this.#plot?.destroy()
  }

  readonly #redraw = (): void => {
    this.#plot?.destroy()
    this.#plot = undefined
    if (this.#series) this.draw(this.#series)
  }

  #size(): { width: number; height: number } {
    return { width: Math.max(160, this.#element.clientWidth), height: HEIGHT }
  }

  #options(): uPlot.Options {
    const { color, borderColor } = getComputedStyle(this.#element)
    const { write } = this.#spec
    const axis = { stroke: color, font: FONT, ticks: { show: false } }
    const grid = { stroke: borderColor, width: 1 }
    return {
      ...this.#size(),
      legend: { show: false },
      padding: [8, 24, 0, 0],
      cursor: {
        sync: { key: CURSOR_GROUP },
        drag: { x: false, y: false },
        points: { size: 6 },
      },
      scales: {
        x: { time: true, range: allOf },
        y: { range: (plot) => fromZero(plot, this.#spec.lines) },
      },
      axes: [
        { ...axis, grid: { show: false }, space: 70, size: 26, values: (_plot, times) => times.map(clock) },
        {
          ...axis,
          grid,
          space: 34,
          size: 52,
          values: (_plot, values) => values.map((value) => write(value)),
        },
      ],
      series: [{}, ...this.#spec.lines.map((line) => this.#seriesOf(line))],
      hooks: { setCursor: [({ cursor }) => this.#onHover(cursor.idx ?? undefined)] },
    }
  }

  #seriesOf(line: LineSpec): uPlot.Series {
    const swatch = this.#element.parentElement?.querySelector(`[data-line=${line.name}]`)
    const stroke = swatch ? getComputedStyle(swatch).color : 'currentColor'
    return {
      label: line.label,
      stroke,
      width: line.kind === 'bound' ? 1.25 : 2,
      points: { show: false },
      ...(line.kind === 'bound' ? { dash: [6, 4] } : {}),
      ...(line.isFilled ? { fill: withAlpha(stroke, 0.16) } : {}),
    }
  }
}

function dataOf(series: StreamSeries, { lines }: ChartSpec): uPlot.AlignedData {
  const seconds = series.timesMs().map((ms) => ms / 1000)
  // uPlot writes to none of its data.
  return [seconds, ...lines.map(({ name }) => series.column(name) as (number | null)[])]
}

function allOf(_plot: uPlot, min: number, max: number): [number, number] {
  return [Math.min(min, max - LEAST_SHOWN_S), max]
}

/** From 0 to a little above the highest value; a bound is in sight from a tenth of it on. */
function fromZero(plot: uPlot, lines: readonly LineSpec[]): [number, number] {
  const highestOf = (isBound: boolean): number => {
    const columns = plot.data.slice(1).filter((_, at) => (lines[at]?.kind === 'bound') === isBound)
    return columns
      .flatMap((column) => [...column])
      .reduce<number>((most, value) => Math.max(most, value ?? 0), 0)
  }
  const [highest, bound] = [highestOf(false), highestOf(true)]
  const top = highest >= BOUND_IN_SIGHT * bound ? Math.max(highest, bound) : highest
  return [0, top === 0 ? 1 : top * HEADROOM]
}

function clock(second: number): string {
  return formatTimeOfDay(second * 1000)
}

/** A computed colour, `rgb(…)` or `color(…)`, made transparent. */
function withAlpha(colour: string, alpha: number): string {
  return `color-mix(in srgb, ${colour} ${100 * alpha}%, transparent)`
}
