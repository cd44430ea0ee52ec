import { describeContract } from './contract.ts'
import { loadNest } from './versions.ts'

describeContract(loadNest('current'))
