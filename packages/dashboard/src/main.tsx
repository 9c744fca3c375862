/**
 * The page's beginning.
 *
 * Imports `view`.
 */
import { render } from 'preact'
import { App } from './view/app.tsx'
import { applyTheme, readTheme } from './view/theme.ts'

applyTheme(readTheme())
render(<App />, document.getElementById('app')!)
