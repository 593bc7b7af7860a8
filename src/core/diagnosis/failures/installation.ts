import type {Failure} from '../failure.ts';

/** Causes that our own scripts and the driver name themselves (`::fail::CODE`), with no sign in a foreign log. */
export const installationFailures: readonly Failure[] = [
  {
    code: 'PYTHON_MISSING',
    cause: 'The machine has no Python.',
    advice: 'Install Python 3.10 or newer on the machine.',
  },
  {
    code: 'PYTHON_OLD',
    cause: 'The Python of the machine is too old for the agent.',
    advice: 'Install Python 3.10 or newer on the machine.',
  },
  {
    code: 'ENGINE_MISSING',
    cause: 'The engine command is not there.',
    advice: 'Give the path of the engine with --engine-command.',
  },
  {
    code: 'AGENT_CHECKSUM',
    cause: 'The agent arrived altered.',
    advice: 'The upload was altered on its way. Try again.',
  },
  {
    code: 'BOOTSTRAP_LOCKED',
    cause: 'Another installation runs on this machine.',
    advice: 'Wait until it has ended, then try again: inventiv reinstall NAME',
  },
  {
    code: 'NOT_ROOT',
    cause: 'The user of the login is neither root nor may become it.',
    advice: 'Log in as root, or as a user that has sudo without a password.',
  },
  {
    code: 'OTHER_INSTANCE',
    cause: 'This machine already works for another instance.',
    advice: 'One machine works for one instance: take that one down first, or use another machine.',
  },
  {
    code: 'OPENSSL_MISSING',
    cause: 'The machine has no openssl, which makes its certificate.',
    advice: 'Install openssl on the machine.',
  },
  {
    code: 'HAPROXY_MISSING',
    cause: 'The machine has no HAProxy, or one that is too old.',
    advice: 'Install HAProxy 2.4 or newer on the machine.',
  },
  {
    code: 'HAPROXY_INSTALL',
    cause: 'HAProxy could not be installed on the machine.',
    advice: 'Check its package sources (apt-get update), or install HAProxy 2.4 or newer by hand.',
  },
  {
    code: 'NO_GPU',
    cause: 'The machine has no GPU.',
    advice: 'Take a type with a GPU; on a machine of your own, check that the GPU is seen (lspci).',
  },
  {
    code: 'GPU_COUNT',
    cause: 'The machine shows another number of GPUs than its type has.',
    advice: 'Look at nvidia-smi and dmesg on the machine; on a rented one, take another.',
  },
  {
    code: 'TOOLKIT_MISSING',
    cause: 'Docker on the machine has no NVIDIA runtime.',
    advice: 'Install the NVIDIA container toolkit: nvidia-ctk runtime configure --runtime=docker, then restart Docker.',
  },
  {
    code: 'NO_DNS',
    cause: 'The machine cannot resolve names.',
    advice: 'Check its name servers (/etc/resolv.conf) and its way out.',
  },
  {
    code: 'NO_HTTPS',
    cause: 'The machine cannot reach the model hub or the image registry.',
    advice: 'It needs a way out to port 443: check firewall, proxy and security group.',
  },
  {
    code: 'STORAGE',
    cause: 'The disks of the machine could not be prepared.',
    advice: 'Look at them on the machine (lsblk -f); nothing that holds data was touched.',
  },
  {
    code: 'IMAGE_PULL',
    cause: 'Docker could not pull the image.',
    advice: 'Read what Docker said: inventiv logs NAME --bootstrap',
  },
  {
    code: 'HF_LIST',
    cause: 'The answer of the model hub was not understood.',
    advice: 'Try again, or use another revision.',
  },
  {
    code: 'SERVICE_FAILED',
    cause: 'A service of the worker did not stay up.',
    advice: 'Read the journal of that unit on the machine (inventiv ssh NAME).',
  },
  {
    code: 'WORKER_STUCK',
    cause: 'A process of the earlier worker could not be stopped.',
    advice: 'Reboot the machine, then: inventiv reinstall NAME',
  },
  {
    code: 'CONTAINER_REFUSED',
    cause: 'Docker did not start the container of the engine.',
    advice: 'Read its words above; on the machine: docker ps -a, docker logs NAME',
  },
  {
    code: 'FRONT_SILENT',
    cause: 'HAProxy runs, but its ports do not answer.',
    advice: 'Look at log/front.log and log/agent.log below /opt/inventiv on the machine.',
  },
  {
    code: 'FRONT_CERTIFICATE',
    cause: 'The port of the front shows another certificate than the one just made.',
    advice: 'Another program took the port: see who listens with ss -ltnp on the machine.',
  },
  {
    code: 'CERTIFICATE',
    cause: 'The certificate of the machine could not be made.',
    advice: 'Check disk space and openssl on the machine, then: inventiv reinstall NAME',
  },
  {
    code: 'CONTEXT_TOO_SMALL',
    cause: 'The worker serves less context than was asked for.',
    advice: 'Ask for less with --max-model-len, or take a larger type.',
  },
  {
    code: 'STARTUP_TIMEOUT',
    cause: 'The worker was not ready in time, and nothing moved any more.',
    advice: 'Look at its log with "inventiv logs NAME --vllm"; --on-failure keep leaves the machine for diagnosis.',
  },
];
