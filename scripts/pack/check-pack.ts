/**
 * `npm run pack:check`: the library as a user gets it, from its tarball.
 */
import { fileURLToPath } from 'node:url'
import { checkPacked } from './checks.ts'
import { pack } from './packed.ts'

const folder = fileURLToPath(new URL('../../packages/spillway', import.meta.url))
const packed = pack(folder)
try {
  const rows = await checkPacked(packed, folder)
  const width = Math.max(...rows.map((row) => row.what.length))
  for (const { what, found, passed } of rows) {
    console.log(`${passed ? 'ok    ' : 'FAILED'}  ${what.padEnd(width)}  ${found}`)
  }
  if (rows.some((row) => !row.passed)) process.exitCode = 1
} finally {
  packed.remove()
}
