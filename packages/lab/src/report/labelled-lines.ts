/**
 * Lines that carry their names at their right ends, for figures that stand alone in a page.
 */
import * as Plot from '@observablehq/plot'
import { drawFigure } from './draw.ts'
import { colourOf } from './palette.ts'

/** One point of a policy's line. */
export interface LinePoint {
  readonly policy: string
  readonly x: number
  readonly y: number
}

/** What is drawn. */
export interface LabelledLines {
  readonly title: string
  readonly points: readonly LinePoint[]
  /** How each policy is called; these alone are drawn. */
  readonly names: Readonly<Record<string, string>>
  /** The colour of each name, in their order. @defaultValue those of the policies */
  readonly colours?: readonly string[] | undefined
  readonly x: Plot.ScaleOptions
  readonly y: Plot.ScaleOptions
  /** What lies behind the lines. */
  readonly behind?: readonly Plot.Markish[] | undefined
}

/** Pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

const [MARGIN_TOP, MARGIN_BOTTOM, LABEL_PX] = [36, 40, 15]

/** The lines as an SVG element. */
export function labelledLines(lines: LabelledLines, { width, height }: Size): string {
  const { title, names, x, y, colours, behind = [] } = lines
  const points = lines.points.filter(({ policy }) => policy in names)
  const policies = Object.keys(names)
  return drawFigure(
    {
      id: '',
      title,
      caption: '',
      plot: () => ({
        height,
        marginTop: MARGIN_TOP,
        marginBottom: MARGIN_BOTTOM,
        marginRight: 140,
        x,
        y,
        color: { domain: policies, range: colours ?? policies.map(colourOf) },
        marks: [
          ...behind,
          Plot.line(points, { x: 'x', y: 'y', stroke: 'policy', strokeWidth: 2.5 }),
          Plot.text(endsOf(points, { height, isLog: y.type === 'log', domain: y.domain }), {
            x: 'x',
            y: 'y',
            text: ({ policy }) => names[policy] ?? policy,
            fill: 'policy',
            textAnchor: 'start',
            dx: 6,
            fontWeight: 600,
          }),
          Plot.text([title], { frameAnchor: 'top-left', dy: -24, dx: -30, fontWeight: 600, fontSize: 13 }),
        ],
      }),
    },
    width,
  )
}

interface Frame {
  readonly height: number
  readonly isLog: boolean
  readonly domain: Iterable<unknown> | undefined
}

/** Where each line ends, pushed apart so that no name lies on another. */
function endsOf(points: readonly LinePoint[], { height, isLog, domain }: Frame): LinePoint[] {
  const scale = isLog ? Math.log : (value: number): number => value
  const back = isLog ? Math.exp : (value: number): number => value
  const last = new Map(points.map((point) => [point.policy, point]))
  const ends = [...last.values()].map((point) => ({ ...point, at: scale(point.y) }))
  const bounds = domain ? [...domain].map(Number) : points.map(({ y }) => y)
  const span = scale(Math.max(...bounds)) - scale(Math.min(...bounds))
  const gap = (span * LABEL_PX) / (height - MARGIN_TOP - MARGIN_BOTTOM)
  let free = Number.NEGATIVE_INFINITY
  return ends
    .toSorted((a, b) => a.at - b.at)
    .map(({ policy, x, at }) => {
      free = Math.max(at, free + gap)
      return { policy, x, y: back(free) }
    })
}
