/**
 * The picture alone: a valley in section, a lake, a dam.
 *
 * Imports `model`.
 */
import type { JSX } from 'preact'
import { flowWidth } from '../model/flow-width.ts'

/** Where things are in the picture, 640 wide and 250 high. */
const CREST_Y = 56
const BED_Y = 214
/** Of the valley: the bank on the left, and the bed. */
const BANK = 'L44 46 C96 60 104 176 168 206 Q184 214 214 214'
const WAVE = `M-160 0 ${'q20 -3.2 40 0 t40 0 '.repeat(8)} V220 H-160 Z`

/** What flows, and how full it is. */
export interface DamProps {
  /** From 0 to 1. */
  readonly fill: number
  readonly inflow: number | undefined
  readonly spill: number | undefined
  readonly outflow: number | undefined
  /** Whether the gate is closed. */
  readonly isShut: boolean
}

/** The picture. */
export function Dam({ fill, inflow, spill, outflow, isShut }: DamProps): JSX.Element {
  // A lake that holds anything at all shows some water.
  const level = fill > 0 ? Math.max(fill, 0.015) : 0
  const surfaceY = BED_Y - level * (BED_Y - CREST_Y)
  return (
    <svg class="dam" viewBox="0 0 640 250" aria-hidden="true">
      <Basin />
      <path class="hills" d="M0 26 C70 8 120 40 196 34 S330 12 420 30 S560 40 640 20 V250 H0 Z" />
      <path class="hills hills-near" d="M0 52 C90 30 150 66 250 58 S400 44 470 62 S580 78 640 60 V250 H0 Z" />
      <Flowing
        class="flow-river"
        d="M-8 36 C26 36 60 40 82 74 S112 174 170 202 Q186 208 214 208 H440"
        width={flowWidth(inflow)}
      />
      <g clip-path="url(#basin)">
        <g class="water" style={{ transform: `translateY(${surfaceY}px)`, opacity: fill > 0 ? 1 : 0 }}>
          <path class="wave wave-far" d={WAVE} />
          <path class="wave" d={WAVE} />
        </g>
      </g>
      <path class="crest" d="M60 56 H436" />
      <path class="ground" d={`M0 40 ${BANK} H640 V250 H0 Z`} />
      <path class="wall" d="M438 60 Q447 51 456 58 C468 72 480 134 506 214 H438 Z" />
      <Flowing
        class="flow-spill"
        d="M418 54 Q446 46 458 57 C470 72 482 134 506 204 Q512 212 526 212 H650"
        width={flowWidth(spill)}
      />
      <path class="pipe" d="M438 198 H500" />
      <Flowing class="flow-outlet" d="M500 198 C530 198 540 212 566 212 H650" width={flowWidth(outflow)} />
      {isShut ? <path class="gate-shut" d="M468 186 V210" /> : null}
    </svg>
  )
}

/** Where water can be, and how its colour deepens. */
function Basin(): JSX.Element {
  return (
    <defs>
      <clipPath id="basin">
        <path d={`M0 40 ${BANK} H440 V40 Z`} />
      </clipPath>
      <linearGradient id="deep" x1="0" y1="0" x2="0" y2="1">
        <stop class="deep-top" offset="0" />
        <stop class="deep-bed" offset="1" />
      </linearGradient>
    </defs>
  )
}

function Flowing(props: {
  readonly class: string
  readonly d: string
  readonly width: number
}): JSX.Element | null {
  if (props.width === 0) return null
  return <path class={`flowing ${props.class}`} d={props.d} style={{ strokeWidth: props.width }} />
}
