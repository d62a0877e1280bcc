# The API: a release, and as many replicas as it is given.

variable "replicas" {
  type = number
}

variable "orders_url" {
  type      = string
  sensitive = true
}

variable "users_url" {
  type      = string
  sensitive = true
}

variable "cache_address" {
  type = string
}

variable "queue_url" {
  type = string
}

resource "terraform_data" "config" {
  input = {
    # A change of a database's address rolls the replicas, without the address being kept here.
    databases = sha256("${var.orders_url} ${var.users_url}")
    cache     = var.cache_address
    queue     = var.queue_url
  }
}

resource "terraform_data" "replica" {
  count            = var.replicas
  input            = "api-${count.index}"
  triggers_replace = terraform_data.config.output

  provisioner "local-exec" {
    command = "echo 'waiting for api-${count.index} to be ready'; sleep 0.3"
    quiet   = true
  }
}

output "endpoint" {
  value      = "http://api.internal:8080"
  depends_on = [terraform_data.replica]
}

output "replica_names" {
  value = terraform_data.replica[*].output
}
