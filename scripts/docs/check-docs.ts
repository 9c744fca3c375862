/**
 * `npm run docs:check`: the documents say what is so. Every link leads
 * somewhere, tables equal the code's, what a reader copies compiles or can be
 * served, the README stays short. With `--write` it writes the pages that are made from the code.
 * (Examples run in the tests, where their output is compared.)
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createProgram } from '../../packages/gateway/src/cli/program.ts'
import { settingsJsonSchema } from '../../packages/gateway/src/config/settings.ts'
import { streamChangeJsonSchema } from '../../packages/gateway/src/delivery/stream-change.ts'
import { openApiDocument } from '../../packages/gateway/src/protocol/openapi/document.ts'
import { OVERLOAD_CODES } from '../../packages/spillway/src/index.ts'
import { library } from '../boundaries/floors.ts'
import { trackedFiles } from '../tracked-files.ts'
import { withCommands } from './command-page.ts'
import { configurationFaults } from './configurations.ts'
import { errorTableFaults } from './error-table.ts'
import { floorTableFaults } from './floor-table.ts'
import { brokenLinks } from './links.ts'
import { OPTION_SOURCES, optionsPage } from './option-tables.ts'
import { withSettingTable } from './setting-table.ts'
import { snippetFaults, snippetsOf } from './snippets.ts'

const mostReadmeLines = 150
const errorPage = 'docs/reference/errors.md'
/** Pages that are made from the code, whole or in part: what each should be, given what it is. */
const made: Readonly<Record<string, (page: string) => string>> = {
  'docs/reference/options.md': () => optionsPage(OPTION_SOURCES),
  'docs/reference/command-line.md': (page) => withCommands(page, createProgram('')),
  'docs/reference/gateway-openapi.json': () => {
    const { version } = JSON.parse(readFileSync('packages/gateway/package.json', 'utf8'))
    return `${JSON.stringify(openApiDocument(version, streamChangeJsonSchema()), undefined, 2)}\n`
  },
  'docs/reference/gateway-settings.md': (page) => withSettingTable(page, settingsJsonSchema()),
}

if (process.argv.includes('--write')) {
  for (const [path, make] of Object.entries(made)) writeFileSync(path, make(readFileSync(path, 'utf8')))
}

const files = new Map(
  trackedFiles().map(
    (path) => [path, path.endsWith('.md') ? readFileSync(path, 'utf8') : undefined] as const,
  ),
)
const pages = [...files.keys()].filter((path) => path.endsWith('.md'))
const readmeLines = (files.get('README.md') ?? '').trimEnd().split('\n').length
const snippets = pages.flatMap((path) => snippetsOf(path, files.get(path) ?? ''))
const faults = [
  ...snippetFaults(snippets, process.cwd()),
  ...pages.flatMap((path) => brokenLinks(path, files)),
  ...pages.flatMap((path) => configurationFaults(path, files.get(path) ?? '')),
  ...errorTableFaults(files.get(errorPage) ?? '', OVERLOAD_CODES).map((fault) => `${errorPage}: ${fault}`),
  ...floorTableFaults(files.get('ARCHITECTURE.md') ?? '', library.floors).map(
    (fault) => `ARCHITECTURE.md: ${fault}`,
  ),
  ...Object.entries(made)
    .filter(([path, make]) => make(readFileSync(path, 'utf8')) !== readFileSync(path, 'utf8'))
    .map(([path]) => `${path}: the code has changed: run npm run docs:check -- --write`),
  ...(readmeLines >= mostReadmeLines
    ? [`README.md: ${readmeLines} lines, fewer than ${mostReadmeLines} wanted`]
    : []),
]

for (const fault of faults) console.error(fault)
console.log(
  `docs: ${pages.length} pages, ${snippets.length} snippets, README ${readmeLines} lines, ${faults.length} faults`,
)
if (faults.length > 0 || pages.length === 0) process.exitCode = 1
