import type {Failure} from '../failure.ts';

/** The GPU driver, the Docker daemon and the container toolkit. */
export const containerFailures: readonly Failure[] = [
  {
    code: 'DRIVER_OLD',
    cause: 'The GPU driver is too old for this image.',
    causeWith: 'The image needs a driver for CUDA {cuda}; this machine has an older one.',
    advice: 'Take the -cu129 image (--image), set VLLM_ENABLE_CUDA_COMPATIBILITY=1, or use a newer GPU OS image.',
    proof:
      /requirement error: unsatisfied condition: cuda ?>= ?(?<cuda>[\d.]{1,10}\d)|NVIDIA driver on your system is too old/,
  },
  {
    code: 'DRIVER_MISMATCH',
    cause: 'The GPU driver and its libraries are of different versions.',
    advice: 'Reboot the machine (an update waits for it), or match the driver to the image.',
    proof:
      /CUDA driver version is insufficient|unsupported display driver \/ cuda driver combination|[Dd]river\/library version mismatch/,
  },
  {
    code: 'DRIVER_MISSING',
    cause: 'The machine has no working NVIDIA driver.',
    advice: 'Take a GPU OS image with the driver in it, or install it; nvidia-smi must list the GPUs.',
    proof:
      /couldn't communicate with the NVIDIA driver|nvidia-smi: (?:command )?not found|nvml error: driver not loaded|libnvidia-ml\.so\.1: cannot open/,
    overrides: ['ENGINE_BROKEN'],
  },
  {
    code: 'NO_GPU_RUNTIME',
    cause: 'The container sees no GPU.',
    advice:
      'Install the NVIDIA container toolkit (nvidia-ctk runtime configure, restart Docker), or correct the device list.',
    proof:
      /could not select device driver "" with capabilities: \[\[gpu\]\]|Failed to infer device type|No CUDA GPUs are available|unresolvable CDI devices|[Uu]nknown (?:or invalid )?runtime(?: specified| name:)? nvidia|nvidia-container-cli: device error/,
  },
  {
    code: 'DOCKER_MISSING',
    cause: 'Docker is not installed on the machine.',
    advice: 'Install Docker and the NVIDIA container toolkit, or use --runtime native with an engine of your own.',
    proof: /docker: (?:command )?not found/,
  },
  {
    code: 'DOCKER_DOWN',
    cause: 'The Docker daemon does not run.',
    advice: 'Start it on the machine and see why it was down: systemctl start docker; journalctl -u docker',
    proof: /Cannot connect to the Docker daemon|Is the docker daemon running/,
  },
  {
    code: 'DOCKER_DENIED',
    cause: 'This user may not use Docker.',
    advice: 'Log in as root, let the user use sudo, or add it to the group docker.',
    proof: /permission denied while trying to connect to the [Dd]ocker/,
  },
  {
    code: 'IMAGE_RATE',
    cause: 'The image registry limits how much this address may pull.',
    advice: 'Wait, log in to the registry on the machine (docker login), or give a mirror with --image.',
    proof: /toomanyrequests|reached your (?:unauthenticated )?pull rate limit/,
  },
  {
    code: 'IMAGE_DENIED',
    cause: 'The registry does not give out this image: it is private, or its name is wrong.',
    advice: 'Check the name with --image, or log Docker in on the machine (docker login).',
    proof: /pull access denied|requested access to the resource is denied/,
  },
  {
    code: 'IMAGE_MISSING',
    cause: 'The image, or this tag of it, does not exist.',
    advice: 'Check the name with --image; released tags: https://hub.docker.com/r/vllm/vllm-openai/tags',
    proof: /manifest (?:for \S{1,200} not found|unknown)|No such image|invalid reference format/,
  },
  {
    code: 'IMAGE_NET',
    cause: 'The image registry could not be reached.',
    advice: 'Check DNS and outgoing HTTPS of the machine, then try again: inventiv reinstall NAME',
    proof:
      /Get "https:\/\/[^"]{1,200}": .{0,80}(?:dial tcp|TLS handshake timeout|request canceled|i\/o timeout|EOF)|failed to do request: Head|net\/http: TLS handshake timeout/,
    mayPass: true,
  },
  {
    code: 'IMAGE_PLATFORM',
    cause: 'The image was built for another processor.',
    advice: 'Take an image for the processor of the machine (uname -m) with --image.',
    proof: /exec format error|no matching manifest for linux\//,
  },
  {
    code: 'CONTAINER_NAME',
    cause: 'A container of that name is there already.',
    advice: 'Remove the old one: docker rm -f NAME on the machine, then: inventiv reinstall NAME',
    proof: /The container name "[^"]{1,200}" is already in use/,
  },
  {
    code: 'PORT',
    cause: 'Another process listens on the port already.',
    advice: 'See who listens and stop it: inventiv ssh NAME, then ss -ltnp',
    proof: /port is already allocated|\[Errno 98\]|[Aa]ddress already in use/,
  },
];
