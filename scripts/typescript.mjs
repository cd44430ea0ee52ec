/** `node --import ./scripts/typescript.mjs file.ts` runs TypeScript also on a Node that does not strip types itself (before 22.18). */
import { register } from 'node:module'

const features = /** @type {{ typescript?: string | false }} */ (process.features)
if (!features.typescript) register('./typescript-loader.mjs', import.meta.url)
