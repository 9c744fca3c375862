/**
 * A figure as a file of its own: SVG that follows the reader's light or dark.
 */
import type { Size } from './labelled-lines.ts'

/** Panels beside each other, each of the size, as one text. */
export function svgFile(label: string, panels: readonly string[], { width, height }: Size): string {
  const placed = panels.map((svg, index) => svg.replace('<svg ', `<svg x="${index * width}" `))
  return fileOf(label, placed, { width: panels.length * width, height })
}

/** Panels below each other, each of the size, as one text. */
export function svgColumn(label: string, panels: readonly string[], { width, height }: Size): string {
  const placed = panels.map((svg, index) => svg.replace('<svg ', `<svg y="${index * height}" `))
  return fileOf(label, placed, { width, height: panels.length * height })
}

function fileOf(label: string, placed: readonly string[], { width, height }: Size): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${label}">
<style>svg { color: #1c2330; } @media (prefers-color-scheme: dark) { svg { color: #e7e9ee; } }</style>
${placed.join('\n')}
</svg>
`
}
