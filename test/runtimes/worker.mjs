import { fetch } from './app.mjs'

export default { fetch }
