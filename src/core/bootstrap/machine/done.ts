import {shellWords} from '../shell-quote.ts';
import type {MachineBootstrapRequest} from './request.ts';

const answerTimeoutSeconds = 20;

/** The last look, from the machine itself: the front answers with its own certificate, and the agent behind it. */
export function doneScript({openaiPort, agentPort}: MachineBootstrapRequest): string {
  return `
echo "::phase::done"
cd "$INVENTIV_ROOT" || exit 46
python3 - ${shellWords([String(openaiPort), String(agentPort)])} <<'END' || exit 40
import http.client, os, ssl, sys, time

# The key goes through a file, as everywhere.
key = open("secrets/worker.key").read().strip()
certificate = ssl.PEM_cert_to_DER_cert(open("secrets/front.pem").read().split("-----END CERTIFICATE-----")[0] + "-----END CERTIFICATE-----\\n")
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
openai, agent = (int(port) for port in sys.argv[1:])
give_up = time.monotonic() + ${answerTimeoutSeconds}
for port, path, wanted in ((openai, "/healthz", 200), (agent, "/healthz", 200), (agent, "/info", 200)):
    while True:
        try:
            line = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=context)
            line.connect()
            if line.sock.getpeercert(True) != certificate:
                print(f"::fail::FRONT_CERTIFICATE something else answers on port {port}.")
                sys.exit(1)
            line.request("GET", path, headers={"Authorization": "Bearer " + key})
            status = line.getresponse().status
            line.close()
        except OSError as fault:
            status = str(fault)
        if status == wanted:
            break
        if time.monotonic() > give_up:
            said = [line.strip() for line in open("log/front.log", errors="replace") if "ALERT" in line][-1:] if os.path.exists("log/front.log") else []
            print(f"::fail::FRONT_SILENT port {port} answers {path} with {status}, {wanted} was expected. {' '.join(said)[:300]}".rstrip())
            sys.exit(1)
        time.sleep(0.1)
END
date -u +%Y-%m-%dT%H:%M:%SZ > run/done
`;
}
