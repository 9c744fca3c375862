/**
 * `npm run api` writes the report of the library's public surface;
 * `npm run api:check` compares it with the built library, and fails on a
 * public name without a docstring and on an `any`.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { faultsOfSurface } from './faults.ts'
import { firstDifference } from './first-difference.ts'
import { apiReport } from './report.ts'
import { readSurface, type Surface } from './surface.ts'

const folder = fileURLToPath(new URL('../../packages/spillway', import.meta.url))
const reportPath = 'api/spillway.api.md'

const surface = readOrExplain()
const report = apiReport('spillway', surface)
const faults = faultsOfSurface(surface)

if (process.argv.includes('--write')) {
  mkdirSync('api', { recursive: true })
  writeFileSync(reportPath, report)
} else {
  const difference = firstDifference(existsSync(reportPath) ? readFileSync(reportPath, 'utf8') : '', report)
  if (difference) {
    faults.push(`the public surface has changed: run npm run api, and review ${reportPath}\n${difference}`)
  }
}
for (const fault of faults) console.error(fault)
const names = surface.entryPoints.reduce((sum, entry) => sum + entry.names.length, 0)
console.log(`api: ${surface.entryPoints.length} entry points, ${names} names, ${faults.length} faults`)
if (faults.length > 0 || names === 0) process.exitCode = 1

function readOrExplain(): Surface {
  try {
    return readSurface(folder)
  } catch (error) {
    console.error(`api: ${error instanceof Error ? error.message : error}`)
    process.exit(1)
  }
}
