import {describeCloudProvider} from '../../../contract/provider/cloud-provider-contract.ts';
import {HostBench} from './host-bench.ts';

describeCloudProvider('host', HostBench.harness, {keepsMachines: true});
