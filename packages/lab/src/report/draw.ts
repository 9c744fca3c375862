/**
 * Draws plots as SVG text, without a browser.
 *
 * Observable Plot draws; it needs a document, which linkedom gives it.
 */
import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'

/** A plot that can be drawn at any width, in pixels. */
export interface Figure {
  /** Stands in links to it. */
  readonly id: string
  readonly title: string
  /** What to see in it. */
  readonly caption: string
  readonly plot: (widthPx: number) => Plot.PlotOptions
}

/** The figure as an element, with its legend when it has one. */
export function drawFigure({ plot, title }: Figure, widthPx: number): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const options = plot(widthPx)
  const margins = { marginLeft: 52, marginRight: 16, marginBottom: 40 }
  const drawn = Plot.plot({
    ariaLabel: title,
    style: { fontSize: '12px', background: 'transparent' },
    ...margins,
    ...options,
    width: widthPx,
    document,
  })
  return drawn.outerHTML
}
