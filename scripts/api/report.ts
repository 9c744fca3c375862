/**
 * The API report: the public surface of a package as one text, so that a
 * change to it shows in the change itself.
 */
import { printName } from './print.ts'
import type { PublicName, Surface } from './surface.ts'

/** The report of one package, as Markdown. */
export function apiReport(packageName: string, { entryPoints, unexported }: Surface): string {
  const sections = entryPoints.map(({ specifier, names }) => section(`\`${specifier}\``, names))
  const rest = unexported.length > 0 ? [section('Named by the above, exported by none', unexported)] : []
  return [
    `# The public surface of \`${packageName}\`\n`,
    'Written by `npm run api`, compared by `npm run api:check`. Review every change to it as a change of a promise.\n',
    ...sections,
    ...rest,
  ].join('\n')
}

function section(title: string, names: readonly PublicName[]): string {
  return `## ${title}\n\n\`\`\`ts\n${names.map(printName).join('\n\n')}\n\`\`\`\n`
}
