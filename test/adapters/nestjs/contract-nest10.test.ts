import { describeContract } from './contract.ts'
import { otherNest } from './other-nest.ts'

const nest = await otherNest('nest10')
if (nest) describeContract(nest)
