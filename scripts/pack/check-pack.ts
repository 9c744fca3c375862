/**
 * `npm run pack:check`: the packages as a user gets them, from their tarballs. About a minute; npm fetches the frameworks
 * and the other lines of Node the first time.
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkConsumer } from './consumer.ts'
import { checkDashboard } from './dashboard.ts'
import { checkLibrary } from './library.ts'
import { PackRoom } from './packed.ts'
import { checkPublishing } from './publishing.ts'
import type { Row } from './row.ts'

const packages = fileURLToPath(new URL('../../packages', import.meta.url))
const room = new PackRoom()
try {
  const [library, redis, gateway] = [
    room.pack(join(packages, 'spillway')),
    room.pack(join(packages, 'redis')),
    room.pack(join(packages, 'gateway')),
  ]
  const all = [library, redis, gateway]
  for (const packed of all) print(await checkPublishing(packed))
  print(checkDashboard(gateway))
  const alone = room.project('alone', [library.tarball], '--offline', '--omit=peer')
  print(await checkLibrary(library, alone))
  print(await checkConsumer(room, all))
} finally {
  room.remove()
}

function print(rows: readonly Row[]): void {
  for (const { what, found, passed } of rows) {
    console.log(`${passed ? 'ok    ' : 'FAILED'}  ${what.padEnd(62)}  ${found}`)
    if (!passed) process.exitCode = 1
  }
}
