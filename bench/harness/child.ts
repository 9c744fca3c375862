/**
 * The measured process: `node child.js <benchmark> <subject> <scale>` measures
 * one subject once and prints the figure as JSON on its last line.
 *
 * It ends itself: what a subject left waiting must not keep the process alive.
 */
import type { Benchmark, Scale } from './benchmark.ts'
import { isGo } from './benchmark.ts'

const [, , name, subjectName, scale] = process.argv
try {
  const figure = await measureOnce(name, subjectName, scale === 'quick' ? 'quick' : 'full')
  process.stdout.write(`\n${JSON.stringify({ figure })}\n`, () => process.exit(0))
} catch (error) {
  console.error(error)
  process.exit(1)
}

async function measureOnce(
  name: string | undefined,
  subjectName: string | undefined,
  scale: Scale,
): Promise<number> {
  const file = new URL('../topics/catalogue.js', import.meta.url).href
  // The catalogue is compiled beside this file; its source is checked by bench/tsconfig.json.
  const { catalogue } = (await import(file)) as { catalogue: readonly Benchmark[] }
  const subject = catalogue.find((benchmark) => benchmark.name === name)?.subjects[subjectName ?? '']
  if (!subject || isGo(subject)) throw new Error(`no such subject: ${name} / ${subjectName}`)
  return await subject.measure(scale)
}
