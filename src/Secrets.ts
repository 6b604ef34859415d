/**
 * Secrets in texts and JSON values, and how to mask them.
 *
 * @since 0.1.0
 * @module
 */
export { masked, maskJson, maskSecrets as mask } from "./layers/aios/schema/secrets.js"
