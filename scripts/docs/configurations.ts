/**
 * Checks the configurations in the documents: what a reader copies can be
 * served, as `spillway check` would find.
 *
 * A configuration is a block of YAML that declares streams; a variable in it
 * may have any value.
 */
import { ConfigError } from '../../packages/gateway/src/config/config-error.ts'
import { loadSettings } from '../../packages/gateway/src/config/load-settings.ts'

/** Fit for a key of a tenant, and for a secret of webhooks. */
const ANY_SECRET = `whsec_${'A'.repeat(32)}`

/** One line for each fault of each configuration in a page, with its line there. */
export function configurationFaults(path: string, markdown: string): string[] {
  return [...markdown.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].flatMap((match) => {
    const [, block = ''] = match
    if (!/^streams:/m.test(block)) return []
    const before = markdown.slice(0, match.index).split('\n').length
    return faultsOf({ name: path, text: '\n'.repeat(before) + block })
  })
}

function faultsOf(file: { readonly name: string; readonly text: string }): readonly string[] {
  const variables = [...file.text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => [name, ANY_SECRET])
  try {
    loadSettings(file, [], Object.fromEntries(variables))
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}
