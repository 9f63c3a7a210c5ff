{{/* Every name is release and service, cut at 63 characters. Arguments: root, service. */}}
{{- define "serving.name" -}}
{{- printf "%s-%s" (first .).Release.Name (last .) | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/* Arguments: root, kind of name; writes name, labels and namespace of an object of a Hydrosphere service. */}}
{{- define "serving.metadata" -}}
{{- $root := first . -}}
name: {{ last . }}
namespace: {{ $root.Release.Namespace }}
labels: {{ include "serving.labels" $root }}
{{- end }}

{{- define "serving.labels" -}}
{app: {{ .Chart.Name }}, chart: {{ .Chart.Name }}-{{ .Chart.Version }}, release: {{ .Release.Name }}, heritage: {{ .Release.Service }}}
{{- end }}

{{- define "serving.selector" -}}
{app: {{ .Chart.Name }}, release: {{ .Release.Name }}}
{{- end }}

{{/* The budgets carry fixed names and no namespace, in an API that Kubernetes 1.25 dropped. Arguments: root, name, app. */}}
{{- define "serving.budget" -}}
apiVersion: policy/v1beta1
kind: PodDisruptionBudget
metadata:
  name: {{ index . 1 }}
spec:
  minAvailable: 1
  selector:
    matchLabels: {app: {{ index . 2 }}, release: {{ (first .).Release.Name }}}
{{- end }}

{{/* Where the pods of a chart with knobs of its own may run; the tolerations are everybody's. */}}
{{- define "serving.placement" -}}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- include "serving.tolerations" . }}
{{- end }}

{{- define "serving.tolerations" -}}
{{- with .Values.global.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Referred to whether or not `registry.enabled` makes it. */}}
{{- define "serving.pullSecret" -}}
imagePullSecrets: [{name: {{ .Release.Name }}-docker-secret}]
{{- end }}

{{/* manager, gateway and ui fall back on repository and tag; the others know `image.full` alone. */}}
{{- define "serving.image" -}}
{{- .Values.image.full | default (printf "%s:%s" (toString (.Values.image.repository | default "")) (toString (.Values.image.tag | default ""))) | quote -}}
{{- end }}

{{/* Arguments: root, variable, Secret without the release, key. Secrets that bear a service's name are cut as it is. */}}
{{- define "serving.secretVariable" -}}
{{- $secret := hasSuffix "-secret" (index . 2) | ternary (printf "%s-%s" (first .).Release.Name (index . 2)) (include "serving.name" (list (first .) (index . 2))) -}}
- name: {{ index . 1 }}
  valueFrom: {secretKeyRef: {name: {{ $secret }}, key: {{ index . 3 }}}}
{{- end }}

{{- define "serving.mongoHost" -}}
{{- .Values.global.mongodb.url | default (include "serving.name" (list . "mongodb")) -}}
{{- end }}

{{- define "serving.postgresHost" -}}
{{- .Values.global.postgresql.url | default (include "serving.name" (list . "postgresql")) -}}
{{- end }}

{{- define "serving.storageEndpoint" -}}
{{- .Values.global.persistence.url | default (printf "http://%s-minio:9000" .Release.Name) -}}
{{- end }}

{{/* The password is read from the Secret, but only while a value stands in `global.mongodb.password`. */}}
{{- define "serving.mongoVariables" -}}
- name: MONGO_DATABASE
  value: {{ .Values.global.mongodb.database | quote }}
{{- with .Values.global.mongodb.username }}
- name: MONGO_USER
  value: {{ . | quote }}
{{- end }}
{{- if .Values.global.mongodb.password }}
{{ include "serving.secretVariable" (list . "MONGO_PASS" "mongodb" "mongodb-password") }}
{{- end }}
{{- with .Values.global.mongodb.authDatabase }}
- name: MONGO_AUTH_DB
  value: {{ . | quote }}
{{- end }}
{{- end }}

{{/* What the four Python services share: database, then the keys of the object store. */}}
{{- define "serving.stores" -}}
- name: MONGO_URL
  value: {{ include "serving.mongoHost" . | quote }}
- name: MONGO_PORT
  value: "27017"
{{ include "serving.mongoVariables" . }}
{{ include "serving.secretVariable" (list . "AWS_ACCESS_KEY_ID" "aws-secret" "awsAccessKeyID") }}
{{ include "serving.secretVariable" (list . "AWS_SECRET_ACCESS_KEY" "aws-secret" "awsSecretAccessKey") }}
{{- end }}

{{/* Arguments: user, password, then one registry or more; what `docker login` would write, in base64. */}}
{{- define "serving.dockerConfig" -}}
{{- $entry := dict "username" (index . 0) "password" (index . 1) "auth" (printf "%s:%s" (index . 0) (index . 1) | b64enc) -}}
{{- $auths := dict -}}
{{- range slice . 2 }}{{ $_ := set $auths . $entry }}{{ end -}}
{{- dict "auths" $auths | toJson | b64enc -}}
{{- end }}

{{/* Arguments: root, image with registry, repository and tag; `global.imageRegistry` wins. */}}
{{- define "serving.registryImage" -}}
{{- $image := last . -}}
{{- printf "%s/%s:%v" ((first .).Values.global.imageRegistry | default $image.registry) $image.repository $image.tag -}}
{{- end }}

{{/* Arguments: root, the image's own pull secrets. */}}
{{- define "serving.registryPullSecrets" -}}
{{- with (first .).Values.global.imagePullSecrets | default (last .) }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{/* Arguments: root, class of the chart's own; "-" means none at all. */}}
{{- define "serving.storageClass" -}}
{{- with (first .).Values.global.storageClass | default (last .) }}
storageClassName: {{ ternary "" . (eq . "-") | quote }}
{{- end }}
{{- end }}

{{/* stat, auto-od, rootcause and visualization: one knob for the image, none for replicas, resources or placement. */}}
{{/* Arguments: root, the containers' text. */}}
{{- define "serving.worker" -}}
{{- $root := first . -}}
{{- $name := include "serving.name" (list $root $root.Chart.Name) -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "serving.metadata" (list $root $name) | nindent 2 }}
spec:
  selector:
    matchLabels: {{ include "serving.selector" $root }}
  template:
    metadata:
      labels: {app: {{ $root.Chart.Name }}, release: {{ $root.Release.Name }}, logging: "true"}
    spec:
      {{- include "serving.tolerations" $root | nindent 6 }}
      {{- include "serving.pullSecret" $root | nindent 6 }}
      containers:
        {{- last . | nindent 8 }}
{{- end }}

{{/* Arguments: root, container's name. */}}
{{- define "serving.workerContainer" -}}
name: {{ last . }}
image: "{{ (first .).Values.image.full }}"
imagePullPolicy: {{ (first .).Values.image.pullPolicy }}
{{- end }}
