/** What looks like a secret in free text: tokens of Hugging Face and of ours, bearer headers, key assignments. */
const secrets: readonly RegExp[] = [
  /\bhf_[A-Za-z0-9]{8,}/g,
  /\bin[vw]-[A-Za-z0-9_-]{16,}/g,
  /(?<=\bBearer )[^\s"']+/gi,
  /(?<=\b[A-Z0-9_]*(?:TOKEN|SECRET|PASSWORD|API_KEY)=)[^\s"']+/g,
  /(?<="(?:api_?key|token|secret|password|authorization)"\s*:\s*")[^"]+/gi,
];

/** Text fit for logs and action metadata. */
export function redact(text: string): string {
  return secrets.reduce((clean, pattern) => clean.replace(pattern, '***'), text);
}
