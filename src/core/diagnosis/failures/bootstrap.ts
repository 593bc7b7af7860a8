import type {Failure} from '../failure.ts';

/** What only the bootstrap's own scripts can tell (`::fail::CODE`): what it found on the machine, or could not make there. */
export const bootstrapFailures: readonly Failure[] = [
  {
    code: 'NOT_ROOT',
    cause: 'The bootstrap does not run as root.',
    advice: 'Log in as root, or as a user that has sudo without a password.',
  },
  {
    code: 'OTHER_INSTANCE',
    cause: 'The machine works for another instance.',
    advice: 'One machine works for one instance: take that one down first, or use another machine.',
  },
  {
    code: 'OPENSSL_MISSING',
    cause: 'The machine has no OpenSSL.',
    advice: 'Install openssl on the machine.',
  },
  {
    code: 'HAPROXY_MISSING',
    cause: 'The machine has no HAProxy, and no apt-get to install it.',
    advice: 'Install HAProxy 2.4 or newer on the machine.',
  },
  {
    code: 'HAPROXY_INSTALL',
    cause: 'HAProxy could not be installed on the machine.',
    advice: 'Check the package sources of the machine, or install HAProxy there by hand.',
    mayPass: true,
  },
  {
    code: 'NO_GPU',
    cause: 'The machine has no NVIDIA GPU.',
    advice: 'Take a type with a GPU; on a machine of your own, see whether it is there: lspci',
  },
  {
    code: 'GPU_COUNT',
    cause: 'The machine shows fewer GPUs than its type has.',
    advice: 'Look at nvidia-smi and dmesg on the machine; on a rented one, take another.',
  },
  {
    code: 'NO_DNS',
    cause: 'The machine cannot look up names.',
    advice: 'Check its name servers (/etc/resolv.conf) and its way out.',
    mayPass: true,
  },
  {
    code: 'NO_HTTPS',
    cause: 'The machine has no way out by HTTPS.',
    advice: 'It needs to reach port 443 of the model hub and the image registry: check firewall and security group.',
    mayPass: true,
  },
  {
    code: 'STORAGE',
    cause: 'A disk of the machine could not be used as planned.',
    advice: 'Look at its disks: lsblk -f. Nothing that holds data was touched.',
  },
  {
    code: 'IMAGE_PULL',
    cause: 'The image could not be pulled.',
    advice: 'Read what Docker said: inventiv logs NAME --bootstrap',
  },
  {
    code: 'HF_LIST',
    cause: 'The answer of the model hub was not understood.',
    advice: 'Try again; then another revision, or another mirror (HF_ENDPOINT).',
  },
  {
    code: 'SERVICE_FAILED',
    cause: 'A service of the worker does not start, or did not stay up.',
    advice: 'See why: journalctl -u UNIT -n 100 on the machine (inventiv ssh NAME).',
  },
  {
    code: 'CERTIFICATE',
    cause: 'No certificate could be made for the front.',
    advice: 'Look at openssl and at the free space on the machine, then: inventiv reinstall NAME',
  },
  {
    code: 'FRONT_CERTIFICATE',
    cause: 'Another program answers on the port of the worker.',
    advice: 'See which on the machine: ss -ltnp',
  },
  {
    code: 'FRONT_SILENT',
    cause: 'The worker does not answer through its front.',
    advice: 'Look at log/front.log and log/agent.log below /opt/inventiv on the machine.',
  },
  {
    code: 'WORKER_STUCK',
    cause: 'A process of the worker does not end.',
    advice: 'Reboot the machine, then try again.',
  },
  {
    code: 'WEIGHTS',
    cause: 'The weights could not be fetched.',
    advice: 'Read its words: inventiv logs NAME --bootstrap',
  },
  {
    code: 'PACKAGES',
    cause: 'What was installed could not be removed.',
    advice: 'See why: apt-get purge on the machine; then try again.',
    mayPass: true,
  },
];
