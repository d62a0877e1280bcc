output "host" {
  description = "Name of the machine to talk to"
  value       = terraform_data.machine[0].output
}
