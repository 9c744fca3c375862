/**
 * What must hold for the page in the gateway's package: it is there, asks nobody else, and stays small.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Packed } from './packed.ts'
import type { Row } from './row.ts'

const mostBytes = 80_000
const folder = 'dist/dashboard/'

/** Both checks, of the packed gateway. */
export function checkDashboard(gateway: Packed): Row[] {
  const files = gateway.files.filter((file) => file.startsWith(folder))
  const texts = files.map((file) => readFileSync(join(gateway.folder, file)))
  return [checkSize(files, texts), checkAddresses(files, texts)]
}

function checkSize(files: readonly string[], texts: readonly Buffer[]): Row {
  const bytes = texts.reduce((sum, text) => sum + gzipSync(text, { level: 9 }).length, 0)
  return {
    what: `the dashboard is packed, gzipped ≤ ${mostBytes / 1000} kB`,
    found: `${files.length} files, ${(bytes / 1000).toFixed(1)} kB`,
    passed: files.includes(`${folder}index.html`) && bytes <= mostBytes,
  }
}

/** Every address in the page is that of a file beside it; the namespace of SVG is a name, and is never asked for. */
function checkAddresses(files: readonly string[], texts: readonly Buffer[]): Row {
  const page = texts[files.indexOf(`${folder}index.html`)]?.toString() ?? ''
  const asked = [...page.matchAll(/<(?:link|script)[^>]*(?:href|src)="([^"]*)"/g)].map(
    ([, address]) => address,
  )
  const missing = asked.filter((address) => !files.includes(`${folder}${address}`))
  return {
    what: 'the dashboard asks for nothing outside its package',
    found: missing.length > 0 ? missing.join(', ') : `${asked.length} addresses`,
    passed: asked.length > 0 && missing.length === 0,
  }
}
