/**
 * What is installed beside the code: the version in the manifest, and the
 * dashboard, when it was built. The same from the sources as from `dist`.
 *
 * Imports nothing of the gateway.
 */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const PACKAGE = new URL('../../', import.meta.url)

/** Where the dashboard is built to. */
export const DASHBOARD_FOLDER: string = fileURLToPath(new URL('dist/dashboard/', PACKAGE))

/** The version of this package. */
export async function installedVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(new URL('package.json', PACKAGE), 'utf8'))
  const version: unknown = Reflect.get(Object(manifest), 'version')
  return String(version)
}
