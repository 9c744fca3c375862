/**
 * `npm run words:check`: names that say something, and texts that hold on any machine.
 */
import { readFileSync } from 'node:fs'
import { trackedFiles } from '../tracked-files.ts'
import { faultOfPath, faultsOfText } from './find.ts'

const binary = /[.](gz|png|jpg|ico|woff2?|db|mdb|tgz)$/
const paths = trackedFiles()
const faults = paths.flatMap((path) => {
  const ofPath = faultOfPath(path)
  const ofText = binary.test(path) ? [] : faultsOfText(path, readFileSync(path, 'utf8'))
  return ofPath ? [ofPath, ...ofText] : ofText
})

for (const fault of faults) console.error(fault)
console.log(`words: ${paths.length} files read, ${faults.length} faults`)
if (faults.length > 0 || paths.length === 0) process.exitCode = 1
